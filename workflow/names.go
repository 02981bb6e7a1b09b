package workflow

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/internal/ascii"
)

// output returns the name of an output of a step.
func (t *template) output(from int, k *link) string {
	expression := "$response." + k.ref
	for name, e := range t.outputs[from] {
		if e == expression {
			return name
		}
	}
	name := lastToken(strings.TrimPrefix(k.ref, "header."))
	switch {
	case k.ref == "header.Set-Cookie":
		name = "cookie"
	case strings.HasPrefix(k.ref, "body#") && ascii.AllDigits(name) || name == "body#":
		name = "value"
	}
	name = free(t.outputs[from], identifier(name), "_")
	t.outputs[from][name] = expression
	return name
}

// input returns the name of the input for a value. Values that are equal in all runs have one
// input.
func (t *template) input(i int, u *use) string {
	n := &input{spot: spot{i, u.place}}
	distinct := map[uint64]bool{}
	for _, r := range t.c.runs {
		d := uint64(0)
		if v := r.steps[i].last.at(u.place); v != nil {
			d = v.digest
			distinct[d] = true
		}
		n.digests += strconv.FormatUint(d, 36) + " "
	}
	for _, name := range slices.Sorted(maps.Keys(t.inputs)) {
		o := t.inputs[name]
		sameName := o.spot.last() == u.last()
		if o.spot == n.spot || o.digests == n.digests && (sameName || u.strength >= medium && len(distinct) > 1) {
			return name
		}
	}
	name := identifier(cmp.Or(u.last(), "body"))
	n.Type, n.Description = u.kind, u.in
	if u.kind == openapi3.TypeString && (u.in == inHeader || u.in == inCookie || isSecret(name)) {
		n.Format = "password"
	}
	if u.scheme != "" {
		n.Description = "header, with its scheme: " + u.scheme + "…"
	}
	if u.in == inBody {
		n.Description = strings.TrimSpace("body " + u.name)
	}
	n.Description += " of " + t.ids[i]
	if t.inputs[name] != nil {
		name = t.ids[i] + "_" + name
	}
	name = free(t.inputs, name, "_")
	t.inputs[name] = n
	return name
}

func isSecret(name string) bool { return rules.ClassOf(name) >= rules.Secret }

// schema returns the schema of the inputs, or nil if there are none.
func (t *template) schema() *Inputs {
	if len(t.inputs) == 0 {
		return nil
	}
	s := &Inputs{Type: openapi3.TypeObject, Required: slices.Sorted(maps.Keys(t.inputs)), Properties: map[string]Input{}}
	for name, n := range t.inputs {
		s.Properties[name] = n.Input
	}
	return s
}

// results returns the outputs of the workflow: the ids of what it made, without what signs in.
func (t *template) results() map[string]string {
	out := map[string]string{}
	for i, step := range t.outputs {
		if t.givesKey(i) || t.l.ops[t.c.ops[i]].reads() {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(step)) {
			if !isSecret(name) {
				out[free(out, name, "_")] = "$steps." + t.ids[i] + ".outputs." + name
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// name returns a name for steps.
func (o operation) name() string {
	return identifier(cmp.Or(o.id, strings.ToLower(o.method)+"_"+strings.Trim(o.template, "/")))
}

// identifier returns a text as Arazzo allows in ids and in names of outputs.
func identifier(s string) string {
	s = strings.Trim(strings.Map(func(r rune) rune {
		if r < 0x80 && (ascii.IsAlnum(byte(r)) || r == '_' || r == '-') {
			return r
		}
		return '_'
	}, s), "_")
	return cmp.Or(s[:min(len(s), 60)], "value")
}

// free returns name, with a number if it is taken.
func free[V any](taken map[string]V, name, between string) string {
	numbered := name
	for i := 2; ; i++ {
		if _, is := taken[numbered]; !is {
			return numbered
		}
		numbered = name + between + strconv.Itoa(i)
	}
}
