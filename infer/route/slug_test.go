package route

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// slug makes a digitless word of a value.
func slug(s string) string {
	h := hash(s)
	parts := []string{"ka", "lo", "mi", "ren", "tas", "vel", "no", "pu", "dor", "sel", "bi", "gra"}
	var b strings.Builder
	for i := range 5 {
		if i == 3 {
			b.WriteByte('-')
		}
		b.WriteString(parts[h%12])
		h /= 12
	}
	return b.String()
}

// rewrite replaces identifiers in paths and bodies alike.
func rewrite(es []*Exchange, replace func(string) string) []*Exchange {
	url := func(s string) string {
		if !strings.Contains(s, "/") {
			return replace(s)
		}
		parts := strings.Split(s, "/")
		for i := range parts {
			parts[i] = replace(parts[i])
		}
		return strings.Join(parts, "/")
	}
	scalars := func(in []Scalar) []Scalar {
		out := make([]Scalar, len(in))
		for i, s := range in {
			s.Text = url(s.Text)
			out[i] = s
		}
		return out
	}
	var out []*Exchange
	for _, e := range es {
		x := *e
		x.Path, x.Location = url(e.Path), url(e.Location)
		x.Scalars, x.Request = scalars(e.Scalars), scalars(e.Request)
		out = append(out, &x)
	}
	return out
}

var longID = regexp.MustCompile(`^([a-z]+)_[A-Za-z0-9]{10,30}$`)

// TestRewritten judges the corpora with their identifiers made words, and prefixed ones made alike.
func TestRewritten(t *testing.T) {
	ways := map[string]func(string) string{
		"slugs": func(s string) string {
			if shapeOf(s).strong() && !strings.Contains(s, "@") {
				return slug(s)
			}
			return s
		},
		"few_123": func(s string) string { return longID.ReplaceAllString(s, "${1}_123") },
		"few_xxx": func(s string) string { return longID.ReplaceAllString(s, "${1}_xxxxxxxxxxxx") },
	}
	for _, way := range []string{"slugs", "few_123", "few_xxx"} {
		for _, name := range corpora(t) {
			if strings.HasPrefix(way, "few") && name != "stripe_ids" {
				continue
			}
			j := load(t, name)
			all := rewrite(j.exchanges, ways[way])
			line := ""
			for _, share := range []float64{1, .25} {
				j.exchanges = part(all, share, 1)
				s, log := j.score(build(j.exchanges).Templates(Policy{}))
				line += fmt.Sprintf(" | %3.0f%% strict %.3f lenient %.3f names %.2f", share*100, s.strict, s.lenient, s.names)
				if os.Getenv("VERBOSE") == way+name && fmt.Sprint(share) == os.Getenv("SHARE") {
					t.Log(strings.Join(log, "\n"))
				}
			}
			t.Logf("%s %-13s%s", way, name, line)
		}
	}
}
