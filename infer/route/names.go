package route

import (
	"strconv"
	"strings"
)

// plain is how names are compared: without case and joints.
func plain(s string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(s))
}

// singularName makes the last word of a name one.
func singularName(s string) string {
	ws := words(s)
	if len(ws) == 0 {
		return s
	}
	last := ws[len(ws)-1]
	one := singular(last)
	i := strings.LastIndex(strings.ToLower(s), last)
	if one == last || i < 0 {
		return s
	}
	if strings.HasPrefix(last, one) {
		return s[:i] + s[i:i+len(one)] + s[i+len(last):]
	}
	if isUpper(s[i]) {
		one = strings.ToUpper(one[:1]) + one[1:]
	}
	return s[:i] + one + s[i+len(last):]
}

// name gives every parameter its name, unique in its path.
func (d *decider) name() {
	done := map[*Param]bool{}
	for _, x := range d.out {
		used := map[string]bool{}
		for _, p := range x.places {
			if p.param == nil {
				continue
			}
			if !done[p.param] {
				done[p.param] = true
				p.param.Name = unique(d.nameOf(p), used)
			}
			used[p.param.Name] = true
		}
	}
}

func unique(name string, used map[string]bool) string {
	if !used[name] {
		return name
	}
	for i := 2; ; i++ {
		if n := name + strconv.Itoa(i); !used[n] {
			return n
		}
	}
}

func (d *decider) nameOf(p *place) string {
	base := ""
	for q := p.up; q != nil && q.up != nil; q = q.up {
		if !q.variable() && !q.version {
			base = camel(words(singularName(q.label)))
			break
		}
	}
	if base == "" {
		return "id"
	}
	strong := false
	for _, c := range p.members {
		strong = strong || c.strong()
	}
	if strong {
		return base + "Id"
	}
	return base
}

func camel(ws []string) string {
	var b strings.Builder
	for i, w := range ws {
		if i > 0 && w != "" {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		b.WriteString(w)
	}
	return b.String()
}
