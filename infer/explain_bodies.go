package infer

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spectap/spectap/infer/schema"
)

// addBodies explains the request body and the responses.
func (x *Explanation) addBodies(d *decision, e *endpoint) {
	op, facts := &e.op, e.facts
	key := e.method + " " + e.path + " "
	if op.Request != nil {
		f := Finding{About: "request", Result: "optional"}
		if op.Request.Required {
			f.Result = "required"
		}
		text := fmt.Sprintf("%d of %d accepted requests had a body", facts.acceptedBodies, facts.accepted)
		f.For = append(f.For, Evidence{Text: text, Count: facts.bodies})
		x.Findings = append(x.Findings, f)
		x.addContent(d, "request", key+"request ", op.Request.Content)
	}
	for _, r := range op.Responses {
		about := fmt.Sprintf("response %d", r.Status)
		f := Finding{About: about, Result: "answered " + times(r.Seen)}
		if len(r.Content) == 0 {
			f.Result += ", without a body"
		}
		x.Findings = append(x.Findings, f)
		x.addContent(d, about, fmt.Sprintf("%s%d ", key, r.Status), r.Content)
	}
}

// addContent explains the schemas of one message, position by position.
func (x *Explanation) addContent(d *decision, about, key string, content []Media) {
	for _, m := range content {
		f := Finding{About: about, Subject: m.Type, Result: schema.Describe(m.Schema)}
		if m.Format != "" {
			f.Result += "; each body was " + m.Format + ", whatever its label says"
		}
		if m.Guarded {
			f.Result += "; the JSON stands behind a prefix"
		}
		if m.Partial > 0 {
			f.Result += fmt.Sprintf("; of bodies with more than two million names and values, the first were read (%d)", m.Partial)
		}
		x.Findings = append(x.Findings, f)
		for _, e := range d.schemaEvidence(key + m.Type) {
			f := Finding{About: about, Subject: e.Pointer, Result: e.Result, Supports: e.For, Opposes: e.Against}
			f.Subject = cmp.Or(f.Subject, "(body)")
			switch {
			case e.Against > 0:
				f.Result += fmt.Sprintf(" (%s: %d for, %d against)", e.Text, e.For, e.Against)
			case e.For > 0:
				f.Result += fmt.Sprintf(" (%s: %d)", e.Text, e.For)
			case e.Text != "":
				f.Result += " (" + e.Text + ")"
			}
			x.Findings = append(x.Findings, f)
		}
	}
}

// schemaEvidence returns the evidence for the schema of the body with this key.
func (d *decision) schemaEvidence(key string) []schema.Evidence {
	hasKey := func(b schema.Body) bool { return b.Key == key }
	if i := slices.IndexFunc(d.plan.bodies, hasKey); i >= 0 {
		return d.schemas.Explain(i)
	}
	if i := slices.IndexFunc(d.plan.xml.bodies, hasKey); i >= 0 {
		return d.plan.xml.decision.Explain(i)
	}
	return nil
}
