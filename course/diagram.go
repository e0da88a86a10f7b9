package course

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"oss.terrastruct.com/d2/d2graph"
	"oss.terrastruct.com/d2/d2layouts/d2dagrelayout"
	"oss.terrastruct.com/d2/d2lib"
	"oss.terrastruct.com/d2/d2renderers/d2svg"
	"oss.terrastruct.com/d2/lib/log"
	"oss.terrastruct.com/d2/lib/textmeasure"
)

//go:generate go test -run ^TestDiagramsAreDrawn$ -update .

// drawn holds the diagrams of the built-in course, drawn beforehand so that no
// reader waits for them. A test tells when one is missing or not needed any more.
//
//go:embed all:diagrams
var drawn embed.FS

const (
	// diagramForm changes when the same source would be drawn differently.
	diagramForm = "2"
	// maxDiagram is the longest source of a diagram, in bytes.
	maxDiagram = 16 << 10
	// diagramTime is how long a diagram may take to draw, on a machine that is busy.
	diagramTime = time.Minute
)

// fresh holds the diagrams drawn by this process.
var fresh sync.Map // source -> drawing

type drawing struct {
	svg string
	err error
}

// Diagram draws d2 source as SVG that goes into a page as it is: no style, no
// fonts, no scripts; classes say which colour of the page a thing has. Errors
// are about the source: a line for each, with its line and column in front. The built-in course's are drawn already.
func Diagram(src string) (string, error) {
	if svg, err := drawn.ReadFile("diagrams/" + diagramName(src)); err == nil {
		return string(svg), nil
	}
	if d, ok := fresh.Load(src); ok {
		return d.(drawing).svg, d.(drawing).err //nolint:forcetypeassert // only drawings are stored
	}
	svg, err := draw(src)
	fresh.Store(src, drawing{svg, err})
	return svg, err
}

// diagramName is the file that holds the drawing of a source.
func diagramName(src string) string {
	sum := sha256.Sum256([]byte(diagramForm + "\n" + src))
	return hex.EncodeToString(sum[:12]) + ".svg"
}

// draw lays a diagram out and cleans what comes of it.
func draw(src string) (string, error) {
	if len(src) > maxDiagram {
		return "", fmt.Errorf("its source is %d bytes long, expected at most %d", len(src), maxDiagram)
	}
	ctx, cancel := context.WithTimeout(context.Background(), diagramTime)
	defer cancel()
	ctx = log.With(ctx, slog.New(slog.DiscardHandler))
	ruler, err := textmeasure.NewRuler()
	if err != nil {
		return "", fmt.Errorf("measure text: %w", err)
	}
	pad, bare := int64(4), true
	opts := &d2svg.RenderOpts{Pad: &pad, NoXMLTag: &bare}
	diagram, _, err := d2lib.Compile(ctx, src, &d2lib.CompileOptions{
		Ruler:          ruler,
		LayoutResolver: func(string) (d2graph.LayoutGraph, error) { return d2dagrelayout.DefaultLayout, nil },
	}, opts)
	if err != nil {
		return "", errors.New(strings.TrimPrefix(err.Error(), "failed to compile: "))
	}
	svg, err := d2svg.Render(diagram, opts)
	if err != nil {
		return "", fmt.Errorf("draw: %w", err)
	}
	return cleanSVG(svg)
}
