package policy

import (
	"regexp"
	"slices"
	"strings"
)

// Results is the treatment of the answer to a call. The zero value forwards it unchanged.
type Results struct {
	// MaxBytes bounds the encoded result, 0 for the default of the relay. A larger one is replaced
	// by an error.
	MaxBytes int
	// Redact removes secrets, which are found by their names and forms.
	Redact bool
	// Remove are members whose values are removed, in structured content and in text that is JSON.
	Remove []Place
	// Fence marks text as untrusted data rather than instructions.
	Fence bool
	// DenyMatching refuses results with a text that one of the patterns matches.
	DenyMatching []*regexp.Regexp
}

// IsZero reports whether results pass unchanged.
func (r Results) IsZero() bool {
	return r.MaxBytes == 0 && !r.Redact && !r.Fence && len(r.Remove) == 0 && len(r.DenyMatching) == 0
}

// and returns a treatment that satisfies both.
func (r Results) and(o Results) Results {
	if r.MaxBytes == 0 || o.MaxBytes > 0 && o.MaxBytes < r.MaxBytes {
		r.MaxBytes = o.MaxBytes
	}
	r.Redact = r.Redact || o.Redact
	r.Fence = r.Fence || o.Fence
	r.Remove = slices.Concat(r.Remove, o.Remove)
	r.DenyMatching = slices.Concat(r.DenyMatching, o.DenyMatching)
	return r
}

// TaskResults is the treatment of the results of tasks. They come in answers to requests that do
// not name the tool, so the treatments of all tools apply to all of them.
func (p *Policy) TaskResults() Results { return p.joinResults(Tool) }

// AllResults combines the treatments of all entries of the policy. It is for texts that cannot be
// assigned to a call.
func (p *Policy) AllResults() Results { return p.results }

// joinResults combines the treatments of the entries of some sections and of all_tools.
func (p *Policy) joinResults(kinds ...Kind) (all Results) {
	for _, e := range p.entries(kinds...) {
		all = all.and(e.results)
	}
	return all
}

// Place names members of a JSON value by a path such as users[*].email.
type Place struct {
	text  string
	steps []step
}

// String returns the path as written in the policy.
func (p Place) String() string { return p.text }

// Removed replaces a removed value.
const Removed = "[removed by policy]"

// Remove replaces the values at a place of v, decoded JSON, in place. It reports whether there were
// any.
func (p Place) Remove(v any) bool { return remove(v, p.steps) }

func remove(v any, steps []step) (removed bool) {
	s, rest := steps[0], steps[1:]
	switch v := v.(type) {
	case map[string]any:
		for name, next := range v {
			switch { // parsers that ignore case accept other spellings of the name
			case s.kind != member || !strings.EqualFold(name, s.name):
			case len(rest) > 0:
				removed = remove(next, rest) || removed
			default:
				v[name], removed = Removed, true
			}
		}
	case []any:
		for i, e := range v {
			switch {
			case s.kind == member || s.kind == element && s.index != i:
			case len(rest) > 0:
				removed = remove(e, rest) || removed
			default:
				v[i], removed = Removed, true
			}
		}
	}
	return removed
}
