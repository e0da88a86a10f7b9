package main

import (
	"fmt"
	"regexp"
	"strings"
)

func main() {
	re := regexp.MustCompile(`(\w+)@(\w+)\.com`)
	fmt.Println(re.FindStringSubmatch("mail bob@site.com now"), re.MatchString("x"))
	fmt.Println(re.ReplaceAllString("a@b.com", "$2:$1"))
	fmt.Println(re.ReplaceAllStringFunc("a@b.com c@d.com", strings.ToUpper))
}
