package infer

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
)

// Explanation says why one operation of a document is as it is. It holds counts and rules, names and no values.
type Explanation struct {
	Method string
	Path   string // the template
	ID     string
	Seen   int64
	// Batched counts the calls that came in batches.
	Batched int64
	// Excluded, unless "", is the reason why the document has no such operation.
	Excluded string
	Findings []Finding
}

// Finding is one decision and what it rests on.
type Finding struct {
	About   string   // "path", "query page", "response 200", …
	Subject string   // the part in question
	Result  string   // what was decided
	For     []Reason // strongest first
	Against []Reason
}

// Reason is one piece of evidence.
type Reason struct {
	Text   string
	Weight float64 // log-odds where evidence is weighed, else 0
	Count  int64
}

// Decisions are what a model decided by a policy, to be written down and explained. They are void once it learns more.
type Decisions struct {
	v      *verdict
	policy Policy
}

// Decide is Document, for whoever wants explanations as well: most of their cost is to decide.
func (m *Model) Decide(p Policy) *Decisions { return &Decisions{m.decide(p), p} }

// Document is what was decided.
func (d *Decisions) Document() Document { return d.v.doc }

// Explain is Decide, and the explanation of one operation.
func (m *Model) Explain(p Policy, method, path string) (*Explanation, error) {
	return m.Decide(p).Explain(method, path)
}

// Explain explains the operation that a request of this method and path belongs to. Path is a path that was
// requested or a template, with or without the servers' prefix.
func (d *Decisions) Explain(method, path string) (*Explanation, error) {
	v, p := d.v, &d.policy
	fragment := ""
	if i := strings.IndexByte(path, '#'); i >= 0 {
		path, fragment = path[:i], path[i:]
	}
	t := findTemplate(v.templates, v.doc, path)
	if t == nil {
		return nil, fmt.Errorf("no captured request has the path %s", path)
	}
	var c *candidate
	var has, same []string // what the path was captured with; all that share the method
	for _, o := range slices.Concat(v.in, v.out) {
		if o.template != t {
			continue
		}
		has = append(has, o.method+o.variant.Fragment())
		if o.method == method {
			same = append(same, t.String()+o.variant.Fragment())
			if o.variant.Fragment() == fragment || c == nil && fragment == "" {
				c = o
			}
		}
	}
	slices.Sort(has)
	switch {
	case len(same) == 0:
		return nil, fmt.Errorf("%s was captured with %s only", t, strings.Join(has, ", "))
	case c == nil, c.variant.Fragment() != fragment && len(same) > 1:
		slices.Sort(same)
		return nil, fmt.Errorf("%s %s is several operations: %s", method, t, strings.Join(same, ", "))
	}
	e := &Explanation{Method: method, Path: c.full, ID: c.op.ID, Seen: c.facts.flows(), Batched: c.facts.batched}
	e.segments(t)
	if slices.Contains(v.in, c) {
		e.variant(c)
		e.params(&c.op, c.facts)
		e.bodies(v, c)
		e.leads(&c.op)
	} else {
		e.Excluded = c.exclusion(&p.Corrections)
	}
	e.access(&c.op, c)
	return e, nil
}

// findTemplate finds a template by its own text or by a path that it matches.
func findTemplate(ts []route.Template, d Document, path string) *route.Template {
	path, _, _ = strings.Cut(path, "?")
	prefixes := []string{""}
	for _, s := range d.Servers {
		if _, rest, ok := strings.Cut(s, "://"); ok {
			if i := strings.IndexByte(rest, '/'); i >= 0 {
				prefixes = append(prefixes, rest[i:])
			}
		}
	}
	for _, pre := range prefixes {
		for i := range ts {
			if ts[i].String() == pre+path {
				return &ts[i]
			}
		}
	}
	for _, pre := range prefixes {
		if t := route.Match(ts, pre+path); t != nil {
			return t
		}
	}
	return nil
}

func (e *Explanation) segments(t *route.Template) {
	for _, s := range t.Segments {
		f := Finding{About: "path", Subject: s.String(), Result: "literal"}
		evidence := s.Evidence
		for _, part := range s.Chunks {
			q := part.Param
			if q == nil {
				continue
			}
			f.Result = fmt.Sprintf("parameter, about %d values in %d requests", q.Values, q.Seen)
			if q.NameRule != "" {
				f.Result += "; named by " + q.NameRule
			}
			evidence = append(evidence, q.Evidence...)
			for _, use := range q.Fields {
				name := use.Field
				if use.Owner != "" {
					name = use.Owner + "." + name
				}
				f.For = append(f.For, Reason{Text: "answers hold the value as " + name, Count: use.Seen})
			}
		}
		param := len(s.Chunks) > 1 || len(s.Chunks) == 1 && s.Chunks[0].Param != nil
		for _, ev := range evidence {
			r := Reason{ev.Rule, ev.Weight, ev.Count}
			if (ev.Weight > 0) == param {
				f.For = append(f.For, r)
			} else {
				f.Against = append(f.Against, r)
			}
		}
		e.Findings = append(e.Findings, f)
	}
}

func (e *Explanation) bodies(v *verdict, c *candidate) {
	op, facts := &c.op, c.facts
	key := c.method + " " + c.full + " "
	if op.Request != nil {
		f := Finding{About: "request", Result: "optional"}
		if op.Request.Required {
			f.Result = "required"
		}
		f.For = append(f.For, Reason{Text: fmt.Sprintf("%d of %d accepted requests had a body", facts.acceptedBodies, facts.accepted), Count: facts.bodies})
		e.Findings = append(e.Findings, f)
		e.content(v, "request", key+"request ", op.Request.Content)
	}
	for _, r := range op.Responses {
		about := fmt.Sprintf("response %d", r.Status)
		f := Finding{About: about, Result: fmt.Sprintf("answered %d times", r.Seen)}
		if len(r.Content) == 0 {
			f.Result += ", without a body"
		}
		e.Findings = append(e.Findings, f)
		e.content(v, about, fmt.Sprintf("%s%d ", key, r.Status), r.Content)
	}
}

// content explains the schemas of one message, the part of the body by part.
func (e *Explanation) content(v *verdict, about, key string, content []Media) {
	for _, m := range content {
		e.Findings = append(e.Findings, Finding{About: about, Subject: m.Type, Result: describe(m.Schema)})
		var evidence []schema.Evidence
		is := func(p schema.Body) bool { return p.Key == key+m.Type }
		if i := slices.IndexFunc(v.plan.positions, is); i >= 0 {
			evidence = v.schemas.Explain(i)
		} else if i := slices.IndexFunc(v.plan.xml.positions, is); i >= 0 {
			evidence = v.plan.xml.made.Explain(i)
		}
		for _, ev := range evidence {
			f := Finding{About: about, Subject: ev.Pointer, Result: ev.Result}
			if f.Subject == "" {
				f.Subject = "(body)"
			}
			switch {
			case ev.Against > 0:
				f.Result += fmt.Sprintf(" (%s: %d for, %d against)", ev.Text, ev.For, ev.Against)
			case ev.For > 0:
				f.Result += fmt.Sprintf(" (%s: %d)", ev.Text, ev.For)
			case ev.Text != "":
				f.Result += " (" + ev.Text + ")"
			}
			e.Findings = append(e.Findings, f)
		}
	}
}

// describe says in a few words what a schema is.
func describe(s *schema.Schema) string {
	switch {
	case s == nil:
		return "not looked into"
	case s.Ref != "":
		return s.Ref
	case len(s.AnyOf)+len(s.OneOf) > 0:
		return "one of several"
	}
	var kinds []string
	for _, k := range []struct {
		kind schema.Kind
		name string
	}{{schema.Object, "object"}, {schema.Array, "array"}, {schema.String, "string"}, {schema.Number, "number"},
		{schema.Integer, "integer"}, {schema.Boolean, "boolean"}} {
		if s.Kind&k.kind != 0 {
			kinds = append(kinds, k.name)
		}
	}
	text := strings.Join(kinds, " or ")
	switch {
	case text == "":
		return "anything"
	case s.Format != "":
		text += " (" + s.Format + ")"
	case len(s.Enum) > 0:
		text += fmt.Sprintf(" (one of %d values)", len(s.Enum))
	}
	if s.Kind == schema.Array && s.Items != nil {
		text += " of " + describe(s.Items)
	}
	return text
}

// WriteText writes the explanation for people.
func (e *Explanation) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", e.Method, e.Path)
	if e.ID != "" {
		fmt.Fprintf(&b, "  %s, %d flows", e.ID, e.Seen)
		if e.Batched > 0 {
			fmt.Fprintf(&b, ", %d calls in batches", e.Batched)
		}
		b.WriteByte('\n')
	}
	if e.Excluded != "" {
		fmt.Fprintf(&b, "  not in the document: %s\n", ReasonText(e.Excluded))
	}
	about := ""
	for _, f := range e.Findings {
		if f.About != about {
			about = f.About
			fmt.Fprintf(&b, "\n%s\n", about)
		}
		fmt.Fprintf(&b, "  %-24s %s\n", f.Subject, f.Result)
		for _, r := range f.For {
			fmt.Fprintf(&b, "      %s %s\n", sign(r.Weight, "+"), r.text())
		}
		for _, r := range f.Against {
			fmt.Fprintf(&b, "      %s %s\n", sign(r.Weight, "-"), r.text())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func sign(weight float64, plain string) string {
	if weight == 0 {
		return "   " + plain + " "
	}
	return fmt.Sprintf("%+5.1f", weight)
}

func (r Reason) text() string {
	if r.Weight != 0 && r.Count > 1 {
		return fmt.Sprintf("%s (%d)", r.Text, r.Count)
	}
	return r.Text
}
