package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

type labListCmd struct {
	Content string `help:"Folder with labs of your own." type:"path" placeholder:"DIR"`
}

// Run lists the labs with what they cost and give.
func (l *labListCmd) Run(c *console) error {
	_, set, err := content{l.Content}.load()
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, lab := range set.All() {
		fmt.Fprintf(out, "%s\t%d %s\t%d\t%s\n", lab.ID, lab.Minutes, notices["minutes"][c.root.lang()], lab.Points, lab.Title[c.root.lang()])
	}
	return out.Flush()
}

// program is what run and grade take.
type program struct {
	Lab     string `arg:"" help:"Id of the lab, such as rabbitmq/work-queue." placeholder:"LAB"`
	Path    string `arg:"" help:"What is handed in: a Go file, the session.txt of a lab at a terminal, the file of a lab of files, or a folder of them." placeholder:"FILE|DIR" type:"path"`
	Content string `help:"Folder with labs of your own." type:"path" placeholder:"DIR"`
	Seed    uint64 `help:"Seed for what the lab draws by chance." default:"1"`
	backend
}

type runCmd struct {
	program
	Journal bool `help:"Print every event that the broker and the services saw."`
}

// Help is shown by brokerlab run --help.
func (runCmd) Help() string {
	return `The program runs in the lab's sandbox, on the lab's brokers in their first state, without faults.
Exits with 0 when the program ended well, 1 when it did not build or did not end well.`
}

// Run runs the program once.
func (r *runCmd) Run(ctx context.Context, c *console) error {
	files, err := readProgram(r.Path)
	if err != nil {
		return err
	}
	w, err := openWorkshop(ctx, c, content{r.Content}, r.backend, r.Lab)
	if err != nil {
		return err
	}
	defer w.close()
	lab, err := w.lab(r.Lab)
	if err != nil {
		return err
	}
	files = asConfig(lab, r.Path, files)
	sayReadOnly(c, lab, files)
	if err := needCommands(lab, r.Path, files); err != nil {
		return err
	}
	session, err := w.grader.Open(ctx, lab, r.Seed)
	if err != nil {
		return fault(err)
	}
	defer session.Close()
	show := &runPrinter{c: c, journal: r.Journal, lang: c.root.lang()}
	if err := session.Run(ctx, files, show.update); err != nil {
		return fault(err)
	}
	if show.failed {
		return &exit{code: exitFail}
	}
	return nil
}

type gradeCmd struct {
	program
	JSON bool `help:"Print the evidence as JSON."`
}

// Help is shown by brokerlab grade --help.
func (gradeCmd) Help() string {
	return `The program is run once without faults, then once for each moment at which a fault could
lose something. Exits with 0 when it passes, 1 when it does not, 3 when we could not grade it.`
}

// Run grades the program and prints the verdict.
func (g *gradeCmd) Run(ctx context.Context, c *console) error {
	files, err := readProgram(g.Path)
	if err != nil {
		return err
	}
	w, err := openWorkshop(ctx, c, content{g.Content}, g.backend, g.Lab)
	if err != nil {
		return err
	}
	defer w.close()
	lab, err := w.lab(g.Lab)
	if err != nil {
		return err
	}
	files = asConfig(lab, g.Path, files)
	sayReadOnly(c, lab, files)
	evidence, err := w.grader.Submit(ctx, lab, files, g.Seed, nil)
	if isCancelled(ctx, err) {
		return usage("interrupted")
	} else if err != nil {
		return fault(err)
	}
	verdict := grader.Render(lab, evidence, c.root.lang())
	if g.JSON {
		out := json.NewEncoder(c.out)
		out.SetIndent("", "  ")
		if err := out.Encode(struct {
			Evidence *grader.Evidence `json:"evidence"`
			Verdict  grader.Verdict   `json:"verdict"`
		}{evidence, verdict}); err != nil {
			return fault(err)
		}
	} else {
		printVerdict(c.out, verdict)
	}
	if verdict.Status != "passed" {
		return &exit{code: exitFail}
	}
	return nil
}

// sayReadOnly tells of files that a program brings along and the lab replaces with
// its own.
func sayReadOnly(c *console, lab *labs.Lab, files []labs.File) {
	for _, own := range lab.Starter() {
		for _, f := range files {
			if own.ReadOnly && f.Name == own.Name && f.Text != own.Text {
				c.notice("read-only", f.Name)
			}
		}
	}
}

type verifyCmd struct {
	Labs    []string `arg:"" optional:"" help:"Ids of labs, or systems such as rabbitmq (default: all)." placeholder:"LAB|SYSTEM"`
	JSON    bool     `help:"Print findings as JSON."`
	Content string   `help:"Folder with labs of your own." type:"path" placeholder:"DIR"`
}

// Help is shown by brokerlab verify --help.
func (verifyCmd) Help() string {
	return `Starters fail, solutions pass on 3 seeds (SEEDS=20 for more), each wrong attempt fails the check
that it names with the message that it names, and every check is failed by one of them.`
}

// Run proves the labs.
func (v *verifyCmd) Run(ctx context.Context, c *console) error {
	w, err := openWorkshop(ctx, c, content{v.Content}, backend{}, v.Labs...)
	if err != nil {
		return err
	}
	defer w.close()
	seeds := 3
	if s := os.Getenv("SEEDS"); s != "" {
		if seeds, err = strconv.Atoi(s); err != nil || seeds < 1 {
			return usage("SEEDS=%s: want a positive number", s)
		}
	}
	report := func(lab, step string) {
		if !v.JSON {
			fmt.Fprintf(c.out, "%s: %s\n", lab, step)
		}
	}
	ids, err := matching(w.labs, v.Labs)
	if err != nil {
		return err
	}
	findings := lintOf(content{v.Content}.lintLabs(), ids)
	if ids = runnable(w.labs, ids, findings); len(ids) > 0 {
		var proved []labs.Finding
		proved, err = w.grader.Verify(ctx, ids, grader.VerifyOptions{Seeds: seeds}, report)
		findings = append(findings, proved...)
	}
	switch {
	case err != nil:
		return fault(err)
	case v.JSON:
		if err := json.NewEncoder(c.out).Encode(findings); err != nil {
			return fault(err)
		}
	default:
		for _, f := range findings {
			fmt.Fprintln(c.out, f)
		}
	}
	if len(findings) > 0 {
		return &exit{code: exitFail}
	}
	return nil
}

// lintOf keeps the findings about labs of ids; no ids keep all.
func lintOf(findings []labs.Finding, ids []string) []labs.Finding {
	if len(ids) == 0 {
		return findings
	}
	var kept []labs.Finding
	for _, f := range findings {
		if slices.ContainsFunc(ids, func(id string) bool { return strings.HasPrefix(f.File, id+"/") }) {
			kept = append(kept, f)
		}
	}
	return kept
}

// matching turns the names of labs and systems into ids of labs.
func matching(set *labs.Set, names []string) ([]string, error) {
	var ids []string
	for _, name := range names {
		known := false
		for _, lab := range set.All() {
			if lab.ID == name || strings.HasPrefix(lab.ID, name+"/") {
				ids, known = append(ids, lab.ID), true
			}
		}
		if !known {
			return nil, noLab(set, name)
		}
	}
	return ids, nil
}

type lintCmd struct {
	Dir string `arg:"" help:"A folder with course/ and labs/ in it." type:"existingdir" placeholder:"DIR"`
}

// Run prints every mistake with its file and line.
func (l *lintCmd) Run(ctx context.Context, c *console) error {
	from := content{l.Dir}
	broken := from.lintLabs()
	for _, f := range broken {
		fmt.Fprintln(c.out, "labs/"+f.Error())
	}
	lessons, set, err := from.load()
	if err != nil && len(broken) == 0 {
		return err
	}
	var wrong []string
	for _, f := range course.Lint(from.over("course", course.Content), from.labsOf(broken)) {
		wrong = append(wrong, "course/"+f.String())
	}
	if err == nil {
		played, err := lintScenes(ctx, c, from, lessons, set)
		if err != nil {
			return err
		}
		wrong = append(wrong, played...)
	}
	for _, f := range wrong {
		fmt.Fprintln(c.out, f)
	}
	if len(broken)+len(wrong) > 0 {
		return &exit{code: exitFail}
	}
	return nil
}
