package course

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// textScale is how large the page's font is drawn in the boxes that d2 measured
// with a narrower one.
const textScale = 0.9

// svgElements are the elements that a diagram may have; style and its like are
// left out with all they hold, and anything else is an error.
var (
	svgElements = []string{"svg", "g", "path", "rect", "circle", "ellipse", "line", "polygon", "polyline", "text", "tspan", "marker", "mask", "title"}
	svgDropped  = []string{"style", "script", "defs"}
	svgStyles   = []string{"text-anchor", "font-size", "stroke-width", "stroke-dasharray", "opacity"}
	svgKept     = []string{
		"class", "cx", "cy", "d", "dx", "dy", "height", "id", "marker-end", "marker-start", "markerHeight", "markerUnits", "markerWidth", "mask",
		"maskUnits", "orient", "points", "r", "refX", "refY", "rx", "ry", "stroke-width", "transform", "viewBox", "width", "x", "x1", "x2", "y", "y1", "y2",
	}
)

// themed are the classes by which d2 names the colours of its theme, which become ours.
var themed = map[string]*regexp.Regexp{
	"fill":   regexp.MustCompile(`\bfill-(N[1-7]|B[1-6]|AA[245]|AB[45])\b`),
	"stroke": regexp.MustCompile(`\bstroke-(N[1-7]|B[1-6]|AA[245]|AB[45])\b`),
}

// cleanSVG rewrites d2's SVG for a page that allows no inline style: style
// attributes become presentation attributes, colours become classes, and what
// is not needed goes.
func cleanSVG(src []byte) (string, error) {
	dec := xml.NewDecoder(strings.NewReader(string(src)))
	var b strings.Builder
	for depth := 0; ; {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return "", fmt.Errorf("read the drawing: %w", err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if slices.Contains(svgDropped, t.Name.Local) {
				if err := dec.Skip(); err != nil {
					return "", fmt.Errorf("read the drawing: %w", err)
				}
				continue
			}
			if err := openTag(&b, t, depth); err != nil {
				return "", err
			}
			depth++
		case xml.EndElement:
			depth--
			if depth > 0 || t.Name.Local != "svg" {
				b.WriteString("</" + t.Name.Local + ">")
			} else {
				b.WriteString("</svg>")
			}
		case xml.CharData:
			if s := strings.TrimSpace(string(t)); s != "" {
				b.WriteString(escapeXML(string(t)))
			}
		}
	}
}

// openTag writes one start tag with what is kept of its attributes.
func openTag(b *strings.Builder, t xml.StartElement, depth int) error {
	name := t.Name.Local
	if !slices.Contains(svgElements, name) {
		return fmt.Errorf("it needs <%s>, which pages cannot show: use plain labels, no Markdown, LaTeX, icons or links", name)
	}
	b.WriteString("<" + name)
	if depth == 0 {
		writeSize(b, t)
	}
	for _, a := range t.Attr {
		key := a.Name.Local
		switch {
		case key == "style":
			writeStyles(b, a.Value)
		case key == "fill" || key == "stroke":
			if err := writeColour(b, t, key, a.Value); err != nil {
				return err
			}
		case depth == 0 && (key == "width" || key == "height"):
		case slices.Contains(svgKept, key) && a.Name.Space == "":
			if v := shorten(key, a.Value); v != "" {
				writeAttr(b, key, v)
			}
		}
	}
	b.WriteString(">")
	return nil
}

// writeSize gives the outermost svg its natural size, so that a page can show it no larger than that.
func writeSize(b *strings.Builder, t xml.StartElement) {
	for _, a := range t.Attr {
		if f := strings.Fields(a.Value); a.Name.Local == "viewBox" && len(f) == 4 {
			writeAttr(b, "width", f[2])
			writeAttr(b, "height", f[3])
		}
	}
	writeAttr(b, "aria-hidden", "true")
}

// writeStyles turns the declarations that matter into attributes, which are not inline style.
func writeStyles(b *strings.Builder, css string) {
	for decl := range strings.SplitSeq(css, ";") {
		key, value, _ := strings.Cut(decl, ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !slices.Contains(svgStyles, key) || value == "" {
			continue
		}
		if key == "font-size" {
			if px, err := strconv.ParseFloat(strings.TrimSuffix(value, "px"), 64); err == nil {
				value = strconv.FormatFloat(px*textScale, 'f', 1, 64)
			}
		}
		writeAttr(b, key, value)
	}
}

// writeColour leaves out a colour that a class stands for, and refuses any other:
// it would be wrong in one of the page's themes.
func writeColour(b *strings.Builder, t xml.StartElement, key, value string) error {
	if value == "none" || t.Name.Local == "rect" && (value == "white" || value == "black") {
		writeAttr(b, key, value) // nothing, or part of a mask
		return nil
	}
	for _, a := range t.Attr {
		if a.Name.Local == "class" && themed[key].MatchString(a.Value) {
			return nil
		}
	}
	return fmt.Errorf("it sets the colour %s itself; use class: ready, flight, done, dead or twice", value)
}

var (
	// decimals are those that d2 writes but nobody sees.
	decimals = regexp.MustCompile(`\.(\d\d)\d+`)
	// className is a class of ours, of the author, or of d2's theme; d2 also writes each thing's name in base64, which nobody needs.
	className = regexp.MustCompile(`^([a-z][a-z-]*|d2-[\w-]+|(fill|stroke)-[A-Z]+\d)$`)
)

// shorten leaves out of a value what is not needed.
func shorten(key, value string) string {
	switch {
	case key == "class":
		classes := slices.DeleteFunc(strings.Fields(value), func(c string) bool { return !className.MatchString(c) })
		return strings.Join(classes, " ")
	case key == "id" || key == "mask" || key == "marker-start" || key == "marker-end":
		return value
	}
	value = decimals.ReplaceAllString(value, ".$1")
	return strings.ReplaceAll(value, ".00", "")
}

func writeAttr(b *strings.Builder, key, value string) {
	fmt.Fprintf(b, " %s=\"%s\"", key, escapeXML(value))
}

func escapeXML(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
