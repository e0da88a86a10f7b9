package labs

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// variable is a place in a lab that a variant fills.
var variable = regexp.MustCompile(`\$\{([^}\n]*)\}`)

// unfilled reports every ${name} in the lab's files that no variant fills: a student
// would read it as it stands. In lab.yaml it keeps the lab from being run.
func (n *linter) unfilled(fsys fs.FS) {
	names := orNone(slices.Sorted(maps.Keys(n.lab.Variants)))
	_ = fs.WalkDir(fsys, n.lab.ID, func(name string, entry fs.DirEntry, err error) error {
		kind := path.Ext(name)
		if err != nil || entry.IsDir() || kind != ".yaml" && kind != ".md" && kind != ".go" {
			return err
		}
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(raw), "\n") {
			if kind == ".yaml" && strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			for _, m := range variable.FindAllStringSubmatch(line, -1) {
				if _, ok := n.lab.Variants[m[1]]; ok {
					continue
				}
				n.add(strings.TrimPrefix(name, n.lab.ID+"/"), i+1, "found %s, expected a name of variants: %s", m[0], names)
				n.findings[len(n.findings)-1].Stops = kind == ".yaml"
			}
		}
		return nil
	}) // the walk has succeeded before, in read
}
