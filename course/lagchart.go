package course

import (
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/labs"
)

// The chart of a lag is drawn here, whole: it is there without scripts, and a script only
// moves a line over it. Heights are pixels and widths are shares of the page's, so that
// its words keep their size on a phone; the curves stand in pictures of their own, which
// are stretched.
const (
	lagTop    = 20 // the row's name stands above
	lagHeight = 52 // of a curve
	lagBase   = lagTop + lagHeight
	lagOwners = lagBase + 3
	lagStrip  = 18  // of the owners beneath
	lagRow    = 102 // all of a row
	lagAxis   = 20
	lagWide   = 1000 // of a curve's own picture
)

// A lagFigure is what the template gets.
type lagFigure struct {
	labs.Lag
	ID   string
	Data string // JSON for the script
	Rows []lagRowFigure
	lang string
}

// A lagRowFigure is a curve and, of a partition, its owners.
type lagRowFigure struct {
	Name        string
	Y           int // its top
	Top         int64
	Line, Area  string // paths
	Owners      []lagOwner
	First, Last int64 // of what it shows; -1: unknown
	Most        int64
}

// A lagOwner is a time for which a partition has one owner, or none.
type lagOwner struct {
	Name        string
	From, Width string // shares, such as 12.5%
	Fits        bool   // the name has room on a phone
}

// chart draws the lag of a group.
func (s site) chart(id string, lag *labs.Lag) template.HTML {
	if lag == nil || len(lag.Partitions) == 0 || lag.Ends <= 0 {
		return ""
	}
	f := lagFigure{Lag: *lag, ID: id, Data: lagData(lag), lang: s.lang}
	top := int64(10) // less would make waves of every single record
	for _, p := range lag.Partitions {
		for _, point := range p.Points {
			top = max(top, point.Lag())
		}
	}
	for _, p := range lag.Partitions {
		curve := make([]lagStep, 0, len(p.Points))
		for _, point := range p.Points {
			curve = append(curve, lagStep{point.At, point.Lag()})
		}
		row := f.row(p.Partition, curve, niceTop(top))
		row.Owners = f.owners(p.Points)
		f.Rows = append(f.Rows, row)
	}
	if len(lag.Waiting) > 0 {
		var curve []lagStep
		most := int64(0)
		for _, w := range lag.Waiting {
			curve = append(curve, lagStep{w.At, w.N})
			most = max(most, w.N)
		}
		f.Rows = append(f.Rows, f.row(say(s.lang, "lag-waiting"), curve, niceTop(max(most, top))))
	}
	var b strings.Builder
	if err := lagTemplate.Execute(&b, f); err != nil {
		panic(err) // a strings.Builder takes everything, and the tests run every branch
	}
	return trusted(b.String())
}

// A lagStep is a value from a time on; -1: there is none.
type lagStep struct {
	at time.Duration
	n  int64
}

// niceTop is the end of a scale that holds n: 1, 2 or 5 times a power of ten, or near it.
func niceTop(n int64) int64 {
	for unit := int64(1); ; unit *= 10 {
		for _, by := range []int64{5, 8, 10, 15, 20, 30, 40} {
			if unit*by >= n {
				return unit * by
			}
		}
	}
}

// row draws a curve.
func (f *lagFigure) row(name string, curve []lagStep, top int64) lagRowFigure {
	r := lagRowFigure{Name: name, Y: lagRow * len(f.Rows), Top: top, First: -1, Last: -1}
	var line, area strings.Builder
	begun := false
	for i, p := range curve {
		until := f.Ends
		if i+1 < len(curve) {
			until = curve[i+1].at
		}
		r.Most = max(r.Most, p.n)
		if p.n < 0 {
			if begun {
				fmt.Fprintf(&area, "V%dZ", lagHeight)
			}
			begun = false
			continue
		}
		from, to, y := f.x(p.at), f.x(until), f.y(p.n, top)
		if !begun {
			fmt.Fprintf(&line, "M%s %s", from, y)
			fmt.Fprintf(&area, "M%s %dV%s", from, lagHeight, y)
			if r.First < 0 {
				r.First = p.n
			}
		}
		begun = true
		step := "V" + y + "H" + to
		line.WriteString(step)
		area.WriteString(step)
		r.Last = p.n
	}
	if begun {
		fmt.Fprintf(&area, "V%dZ", lagHeight)
	} else {
		r.Last = -1
	}
	r.Line, r.Area = line.String(), area.String()
	return r
}

// x is where a time is, in a picture of a curve.
func (f *lagFigure) x(at time.Duration) string {
	return strconv.FormatFloat(lagWide*float64(at)/float64(f.Ends), 'f', 1, 64)
}

// y is where a value is.
func (f *lagFigure) y(n, top int64) string {
	return strconv.FormatFloat(lagHeight*(1-float64(n)/float64(top)), 'f', 1, 64)
}

// Share is where a time is, as a share of the width.
func (f lagFigure) Share(at time.Duration) string {
	return strconv.FormatFloat(100*float64(at)/float64(f.Ends), 'f', 2, 64) + "%"
}

// owners joins the times for which a partition has the same owner.
func (f *lagFigure) owners(points []labs.LagPoint) (all []lagOwner) {
	for i := 0; i < len(points); {
		next := i
		for next < len(points) && points[next].Owner == points[i].Owner {
			next++
		}
		until := f.Ends
		if next < len(points) {
			until = points[next].At
		}
		wide := until - points[i].At
		o := lagOwner{Name: points[i].Owner, From: f.Share(points[i].At), Width: f.Share(wide)}
		name := o.Name
		if name == "" {
			name = say(f.lang, "lag-nobody")
		}
		o.Fits = float64(wide)/float64(f.Ends)*300 > 7.2*float64(len([]rune(name)))+6
		if wide > 0 {
			all = append(all, o)
		}
		i = next
	}
	return all
}

// Say is a word of the figure.
func (f lagFigure) Say(key string) string { return say(f.lang, key) }

// Height is that of the picture.
func (f lagFigure) Height() int {
	h := lagRow*len(f.Rows) + lagAxis
	if len(f.Waiting) > 0 {
		h -= lagStrip + 4 // the last row has no owners
	}
	return h
}

// Down is a distance from the top of a row, or of all.
func (f lagFigure) Down(from, by int) int { return from + by }

// Title is what the chart shows.
func (f lagFigure) Title() string { return strings.Replace(f.Say("lag-title"), "{group}", f.Group, 1) }

// Told is a row in words.
func (f lagFigure) Told(r lagRowFigure) string {
	if r.Last < 0 {
		return strings.Replace(f.Say("lag-unknown"), "{name}", r.Name, 1)
	}
	return strings.NewReplacer("{name}", r.Name, "{first}", fmt.Sprint(r.First), "{last}", fmt.Sprint(r.Last), "{most}", fmt.Sprint(r.Most)).Replace(f.Say("lag-row"))
}

// Clock is a time as minutes and seconds.
func (f lagFigure) Clock(at time.Duration) string {
	s := int(at.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Ticks are the times that the axis names, and those of the table in numbers.
func (f lagFigure) Ticks(n int) []time.Duration {
	var all []time.Duration
	for i := range n + 1 {
		all = append(all, f.Ends*time.Duration(i)/time.Duration(n))
	}
	return all
}

// Anchor is how the word of a tick stands to it.
func (f lagFigure) Anchor(at time.Duration) string {
	switch at {
	case 0:
		return "start"
	case f.Ends:
		return "end"
	}
	return "middle"
}

// Seconds is the length of the chart.
func (f lagFigure) Seconds() int { return int(f.Ends / time.Second) }

// At is how a partition stood at a time.
func (lagFigure) At(p labs.LagOf, at time.Duration) labs.LagPoint {
	i, found := slices.BinarySearchFunc(p.Points, at, func(p labs.LagPoint, at time.Duration) int { return int(p.At - at) })
	switch {
	case found:
	case i == 0:
		return labs.LagPoint{Committed: -1}
	default:
		i--
	}
	return p.Points[i]
}

// WaitingAt is what the service had yet to do at a time.
func (f lagFigure) WaitingAt(at time.Duration) (n int64) {
	for _, w := range f.Waiting {
		if w.At <= at {
			n = w.N
		}
	}
	return n
}

// Number is an offset or a lag; what nobody knows is a dash, as the real tool prints it.
func (lagFigure) Number(n int64) string {
	if n < 0 {
		return "\u2013"
	}
	return strconv.FormatInt(n, 10)
}

// lagData is the chart for the script: times in milliseconds, and each point as an array.
func lagData(lag *labs.Lag) string {
	type row struct {
		Name   string  `json:"name"`
		Points [][]any `json:"points"` // at, start, committed, end, owner
	}
	data := struct {
		Ends    int64      `json:"ends"`
		Rows    []row      `json:"rows"`
		Waiting [][2]int64 `json:"waiting"` // at, n
	}{Ends: lag.Ends.Milliseconds(), Waiting: [][2]int64{}}
	for _, p := range lag.Partitions {
		r := row{Name: p.Partition}
		for _, point := range p.Points {
			r.Points = append(r.Points, []any{point.At.Milliseconds(), point.Start, point.Committed, point.End, point.Owner})
		}
		data.Rows = append(data.Rows, r)
	}
	for _, w := range lag.Waiting {
		data.Waiting = append(data.Waiting, [2]int64{w.At.Milliseconds(), w.N})
	}
	raw, err := json.Marshal(data)
	if err != nil {
		panic(err) // numbers and texts can always be written
	}
	return string(raw)
}

// lagSizes are the heights by the names that the template has for them.
var lagSizes = template.FuncMap{
	"top":    func() int { return lagTop },
	"height": func() int { return lagHeight },
	"base":   func() int { return lagBase },
	"owners": func() int { return lagOwners },
	"strip":  func() int { return lagStrip },
	"wide":   func() int { return lagWide },
}

// lagTemplate is the chart: the picture, the state at one moment as kafka-consumer-groups
// shows it, which is the last one until a script moves it, and all in numbers.
var lagTemplate = template.Must(template.New("lag").Funcs(lagSizes).Parse(strings.ReplaceAll(`
<div class="lag" data-lag="{{.Data}}">
<p class="lag-title" id="lag-{{.ID}}">{{.Title}}</p>
<svg class="lag-picture" width="100%" height="{{.Height}}" role="img" aria-labelledby="lag-{{.ID}}" aria-describedby="lag-{{.ID}}-words">
{{range .Ticks 4}}<line class="lag-tick" x1="{{$.Share .}}" x2="{{$.Share .}}" y1="16" y2="{{$.Down $.Height -18}}"/><text class="lag-time" x="{{$.Share .}}" y="{{$.Down $.Height -4}}" text-anchor="{{$.Anchor .}}">{{$.Clock .}}</text>
{{end}}{{range .Rows}}<text class="lag-name" x="0" y="{{$.Down .Y 13}}">{{.Name}}</text><text class="lag-top" x="100%" y="{{$.Down .Y 13}}" text-anchor="end">{{.Top}}</text>
<line class="lag-edge" x1="0" x2="100%" y1="{{$.Down .Y top}}" y2="{{$.Down .Y top}}"/><line class="lag-base" x1="0" x2="100%" y1="{{$.Down .Y base}}" y2="{{$.Down .Y base}}"/>
<svg x="0" y="{{$.Down .Y top}}" width="100%" height="{{height}}" viewBox="0 0 {{wide}} {{height}}" preserveAspectRatio="none"><path class="lag-area" d="{{.Area}}"/><path class="lag-line" d="{{.Line}}"/></svg>
{{$y := .Y}}{{range .Owners}}<rect class="lag-owner{{if not .Name}} lag-nobody{{end}}" x="{{.From}}" y="{{$.Down $y owners}}" width="{{.Width}}" height="{{strip}}"/>{{if .Fits}}<svg x="{{.From}}" y="{{$.Down $y owners}}" width="{{.Width}}" height="{{strip}}"><text class="lag-who" x="5" y="13">{{if .Name}}{{.Name}}{{else}}{{$.Say "lag-nobody"}}{{end}}</text></svg>{{end}}
{{end}}{{end}}{{range .Rebalances}}<line class="lag-rebalance" x1="{{$.Share .}}" x2="{{$.Share .}}" y1="16" y2="{{$.Down $.Height -18}}"/>
{{end}}{{if .Asked}}<line class="lag-asked" x1="{{.Share .Asked}}" x2="{{.Share .Asked}}" y1="0" y2="{{.Down .Height -18}}"/>{{end}}
</svg>
<p class="lag-key"><span class="owner">{{.Say "lag-owner"}}</span>{{if .Rebalances}}<span class="rebalance">{{.Say "lag-rebalance"}}</span>{{end}}{{if .Asked}}<span class="asked">{{.Say "lag-asked"}}</span>{{end}}</p>
<p class="offscreen" id="lag-{{.ID}}-words">{{range .Rows}}{{$.Told .}} {{end}}</p>
<p class="lag-moment" hidden><label for="lag-{{.ID}}-moment">{{.Say "lag-moment"}}</label> <output for="lag-{{.ID}}-moment">{{.Clock .Ends}}</output><input id="lag-{{.ID}}-moment" type="range" min="0" max="{{.Seconds}}" step="1" value="{{.Seconds}}"></p>
<div class="table lag-now" tabindex="0"><table><caption><span>{{.Say "lag-at"}}</span> <span class="lag-clock">{{.Clock .Ends}}</span></caption>
<thead><tr><th scope="col">{{.Say "lag-partition"}}</th><th scope="col">{{.Say "lag-start"}}</th><th scope="col">{{.Say "lag-committed"}}</th><th scope="col">{{.Say "lag-end"}}</th><th scope="col">{{.Say "lag-lag"}}</th><th scope="col">{{.Say "lag-member"}}</th></tr></thead>
<tbody>{{range .Partitions}}<tr><th scope="row">{{.Partition}}</th>{{with $.At . $.Ends}}<td>{{.Start}}</td><td>{{$.Number .Committed}}</td><td>{{.End}}</td><td>{{$.Number .Lag}}</td><td>{{or .Owner "–"}}</td>{{end}}</tr>
{{end}}{{if .Waiting}}<tr class="lag-waits"><th scope="row" colspan="4">{{.Say "lag-waiting"}}</th><td>{{.WaitingAt .Ends}}</td><td></td></tr>{{end}}</tbody></table></div>
<details class="lag-numbers"><summary>{{.Say "lag-numbers"}}</summary><div class="table" tabindex="0"><table>
<thead><tr><th scope="col">{{.Say "lag-time"}}</th>{{range .Partitions}}<th scope="col">{{.Partition}}</th>{{end}}{{if .Waiting}}<th scope="col">{{.Say "lag-waiting"}}</th>{{end}}</tr></thead>
<tbody>{{range $at := .Ticks 10}}<tr><th scope="row">{{$.Clock $at}}</th>{{range $.Partitions}}{{with $.At . $at}}<td>{{$.Number .Lag}}{{with .Owner}}, {{.}}{{end}}</td>{{end}}{{end}}{{if $.Waiting}}<td>{{$.WaitingAt $at}}</td>{{end}}</tr>
{{end}}</tbody></table></div></details>
</div>`, "\n<div", "<div")))
