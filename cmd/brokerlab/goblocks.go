package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/sandbox/build"
	"github.com/brokerlab/brokerlab/sandbox/packfiles"
)

// goPages are the pages of the author's folder that have blocks of Go. Those of the
// embedded course were checked when it was built.
func (c content) goPages(lessons *course.Course) []*course.Page {
	var pages []*course.Page
	for _, page := range pagesOf(lessons) {
		if _, err := os.Stat(filepath.Join(c.dir, "course", filepath.FromSlash(page.File))); err == nil && c.dir != "" && len(page.Go) > 0 {
			pages = append(pages, page)
		}
	}
	return pages
}

// lintGo type-checks the blocks of Go in the author's lessons, and returns what is wrong
// with file and line. Blocks that cannot be checked are told of on out.
func (c content) lintGo(ctx context.Context, g *grader.Grader, lessons *course.Course, out io.Writer) ([]string, error) {
	var found []string
	for _, page := range c.goPages(lessons) {
		for _, b := range page.Go {
			text, above := b.File()
			faults, unknown, err := g.LintGo(ctx, text)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", page.File, b.Fence, err)
			}
			at := func(line int) string { return fmt.Sprintf("course/%s:%d", page.File, line) }
			if unknown != "" {
				fmt.Fprintf(out, "NOT CHECKED: %s: %s\n", strings.TrimPrefix(at(b.Fence), "course/"), unknown)
				continue
			}
			for _, f := range faults {
				if f.Line <= above { // of what was put around it, such as an import for a word in a comment
					continue
				}
				line := min(f.Line-above, strings.Count(b.Text, "\n"))
				found = append(found, at(b.Fence+line)+": go: "+f.Message)
			}
		}
	}
	return found, nil
}

// havePack reports why there is no compiler pack, and makes none but from what is inside
// this command.
func havePack(ctx context.Context, c *console, cache string) error {
	if archive, ok := packfiles.Open(); ok {
		_ = archive.Close()
		_, err := openPack(ctx, c, cache)
		return err
	}
	_, err := build.OpenPack(cache)
	return err
}
