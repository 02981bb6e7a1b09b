package policy

// This file writes the least policy that allows calls that were made.

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/openapi/yamledit"
)

// Observed is a call that was made.
type Observed struct {
	Kind Kind
	Name string // by which policies know it
	Tool ClassTool
	// Args are the arguments as in [Call], and Shown is what redaction leaves of them. A policy has
	// values only that are the same in both.
	Args, Shown any
	Time        time.Time
	From        uint64 // the number of its record
	// Held means that a person approved the call.
	Held bool
}

// Learner has the calls that were made, by kind and name. Its memory grows with the names, and by a
// time for each call.
type Learner map[string]*learned

// learned are the calls of one name.
type learned struct {
	Observed // the first, and Held of any
	class    Class
	why      string
	times    []time.Time
	from     []string               // the first numbers
	fixed    map[string]*comparison // conditions that all calls meet, by the text of their paths
}

// The bounds of what a learned policy says of one name.
const (
	maxFrom      = 8   // records
	maxFixed     = 64  // arguments
	maxFixedText = 200 // bytes of a value
	minRate      = 10  // calls an hour that a rate leaves, however few there were
)

// Add adds a call.
func (l Learner) Add(o Observed) {
	key := o.Kind.String() + " " + o.Name
	one := l[key]
	if one == nil {
		one = &learned{Observed: o, fixed: map[string]*comparison{}}
		one.class, one.why = ClassOf(o.Tool)
		one.candidates("args", o.Shown)
		l[key] = one
	}
	one.Held = one.Held || o.Held
	if one.times = append(one.times, o.Time); len(one.from) < maxFrom {
		one.from = append(one.from, strconv.FormatUint(o.From, 10))
	}
	maps.DeleteFunc(one.fixed, func(_ string, q *comparison) bool {
		return q.eval(&Call{Args: o.Args}) != yes || q.eval(&Call{Args: o.Shown}) != yes
	})
}

// candidates adds a condition for each scalar in the arguments of a call. Elements of lists have no
// place that another call would have.
func (o *learned) candidates(at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			step := "." + name
			if strings.ContainsAny(name, ".[") {
				step = "[" + strconv.Quote(name) + "]"
			}
			o.candidates(at+step, v[name])
		}
	case string, bool, json.Number:
		text := fmt.Sprint(v)
		_, _, isHidden := mark.Next(text)
		if p, err := parsePath(at); err == nil && !isHidden && len(o.fixed) < maxFixed && len(text) <= maxFixedText {
			o.fixed[at] = &comparison{path: p, op: opEq, want: v, every: true, text: fmt.Sprintf("%T %s", v, text)}
		}
	}
}

// rate leaves twice the calls of the busiest hour.
func (o *learned) rate() string {
	slices.SortFunc(o.times, time.Time.Compare)
	first, most := 0, 0
	for i, t := range o.times {
		for t.Sub(o.times[first]) >= time.Hour {
			first++
		}
		most = max(most, i-first+1)
	}
	return fmt.Sprintf("%d/hour", max(2*most, minRate))
}

// Policy writes a policy that allows the calls, and others like them. An argument that had one
// value in all calls of a tool must have it. A tool that was called once is no sign of that: its
// arguments are fixed only where another tool shows that they are. What destroys, executes or pays
// waits for a person. title begins the comment of the policy, and record is what the numbers of
// [Observed] count.
func (l Learner) Policy(title, record string) ([]byte, error) {
	all := slices.SortedFunc(maps.Values(l), func(a, b *learned) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.class, b.class), strings.Compare(a.Name, b.Name))
	})
	isShown := map[string]bool{} // the conditions of tools that were called again
	for _, o := range all {
		for _, q := range o.fixed {
			isShown[q.String()] = isShown[q.String()] || len(o.times) > 1
		}
	}
	var sections [kinds][]*yaml.Node
	comment := title + "\nRead it, and change what does not fit. What it does not allow is denied.\n" +
		"Calls with require_approval: true wait for a person: name a file with --approvals."
	for _, o := range all {
		if pattern(o.Name).isGlob() {
			comment += "\nLeft out, because * stands for any characters: " + oneLine(o.Name)
			continue
		}
		var conditions []*yaml.Node
		for _, at := range slices.Sorted(maps.Keys(o.fixed)) {
			if q := o.fixed[at]; isShown[q.String()] {
				n := mapping("path", yamledit.String(at), "op", yamledit.String(string(opEq)), "value", yamledit.Scalar(q.want))
				n.Style = yaml.FlowStyle
				conditions = append(conditions, n)
			}
		}
		name, entry := yamledit.String(o.Name), mapping("require", list(conditions), "rate_limit", yamledit.String(o.rate()))
		name.HeadComment = fmt.Sprintf("calls: %d, in %s %s", len(o.times), record, strings.Join(o.from, ", "))
		if o.Kind == Tool {
			name.HeadComment = o.class.String() + ": " + oneLine(o.why) + "\n" + name.HeadComment
			gets := o.Tool.Method == "GET" || o.Tool.Method == "HEAD"
			holds := o.Held || o.class == ClassDestructive || o.class == ClassExecute && !gets
			if holds || !gets { // without it, a judge with approvals holds what may write
				entry.Content = append(entry.Content, yamledit.String("require_approval"), yamledit.Scalar(holds))
			}
		}
		sections[o.Kind] = append(sections[o.Kind], name, entry)
	}
	root := mapping("version", yamledit.Scalar(json.Number("1")))
	root.Content[0].HeadComment = comment
	for k, entries := range sections {
		if entries != nil {
			root.Content = append(root.Content, yamledit.String(sectionNames[k]), yamledit.Mapping(entries...))
		}
	}
	return encode(root)
}
