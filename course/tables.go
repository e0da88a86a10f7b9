package course

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// tableName is the attribute of a table that holds what its region is called.
const tableName = "region-name"

// tables names each table by the heading above it, so that whoever goes from
// region to region by ear tells them apart.
func tables(j *job, doc *ast.Document) {
	above := ""
	if j.page != nil {
		above = j.page.meta.Title
	}
	count := make(map[string]int)
	each(doc, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Heading:
			above = plainText(n, j.src)
		case *extast.Table:
			name := say(j.lang, "table")
			if above != "" {
				name += ": " + smarten(above, j.lang)
			}
			if count[name]++; count[name] > 1 {
				name = fmt.Sprintf("%s (%d)", name, count[name])
			}
			n.SetAttributeString(tableName, []byte(name))
			j.headers(n)
		}
	})
}

// headers checks that every column of a table says what it holds.
func (j *job) headers(table *extast.Table) {
	head, ok := table.FirstChild().(*extast.TableHeader)
	if !ok {
		return
	}
	column := 0
	for cell := head.FirstChild(); cell != nil; cell = cell.NextSibling() {
		column++
		if strings.TrimSpace(plainText(cell, j.src)) == "" && cell.ChildCount() == 0 {
			j.fail(j.line(table), false, "column %d of the table has no heading, expected a word for what the column holds", column)
		}
	}
}

// table wraps a table so that a wide one scrolls in itself, by keyboard too.
func (r nodes) table(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, _ = w.WriteString("</tbody></table></div>\n")
		return ast.WalkContinue, nil
	}
	name := []byte(say(r.lang, "table"))
	if v, ok := n.AttributeString(tableName); ok {
		if given, ok := v.([]byte); ok {
			name = given
		}
	}
	_, _ = fmt.Fprintf(w, "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table>\n", util.EscapeHTML(name))
	return ast.WalkContinue, nil
}
