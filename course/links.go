package course

import (
	"net/url"
	"path"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// links turns the links of a lesson into addresses of the site. An author writes
//
//	[text](06-dead-letters.md#retry)        a page, by its file
//	[text](#retry)                          a heading of the same page
//	[text](lab:rabbitmq/work-queue)         a lab
//	[text](https://www.rabbitmq.com/docs)   anything else
func links(j *job, doc *ast.Document) {
	each(doc, func(n *ast.Link) {
		if href, ok := j.resolve(j.line(n), string(n.Destination)); ok {
			n.Destination = []byte(href)
		}
	})
	each(doc, func(n *ast.Image) {
		line := j.line(n)
		if strings.TrimSpace(plainText(n, j.src)) == "" {
			j.fail(line, false, "image %q has no alt text; say between the brackets what it shows", n.Destination)
		}
		if !strings.HasPrefix(string(n.Destination), "data:") {
			j.fail(line, false, "image %q is not served: draw it as a d2 fence", n.Destination)
		}
	})
}

// resolve finds the address that a link leads to, and says when there is none.
func (j *job) resolve(line int, dest string) (string, bool) {
	u, err := url.Parse(dest)
	switch {
	case err != nil || dest == "":
		j.fail(line, false, "link %q is not an address", dest)
	case u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "mailto":
		return dest, true
	case u.Scheme == "lab":
		return j.labLink(line, u.Opaque)
	case u.Scheme != "":
		j.fail(line, false, "link %q has the scheme %q, expected https, mailto or lab", dest, u.Scheme)
	case j.page == nil:
		return dest, true
	case u.Path == "":
		j.links = append(j.links, link{line: line, file: j.file, fragment: u.Fragment})
		return dest, true
	default:
		return j.pageLink(line, u)
	}
	return "", false
}

func (j *job) labLink(line int, id string) (string, bool) {
	if j.in != nil && j.in.labs != nil {
		if _, ok := j.in.labs(j.lang, id); !ok {
			j.fail(line, false, "link to a lab: %q is unknown", id)
			return "", false
		}
	}
	return labHref(j.lang, id), true
}

// pageLink resolves a link to the file of another page.
func (j *job) pageLink(line int, u *url.URL) (string, bool) {
	if path.IsAbs(u.Path) {
		j.fail(line, false, "link %q is an address of the site: name the page's file, such as 06-dead-letters.md", u.Path)
		return "", false
	}
	file := path.Join(path.Dir(j.file), u.Path)
	p := j.in.byFile[file]
	if p == nil {
		j.fail(line, false, "broken link: there is no page %s", file)
		return "", false
	}
	j.links = append(j.links, link{line: line, file: file, fragment: u.Fragment})
	if u.Fragment != "" {
		return p.ref.Href + "#" + u.Fragment, true
	}
	return p.ref.Href, true
}
