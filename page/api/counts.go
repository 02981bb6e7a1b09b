package api

import (
	"cmp"
	"strings"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// mark adds to each value the corrections that a person made.
func (s *Shown) mark(findings []infer.Finding) {
	said := map[string]string{}
	for _, f := range findings {
		if f.About == amend.Corrected {
			said[f.Subject] = f.Result
		}
	}
	if len(said) == 0 {
		return
	}
	for i := range s.Parameters {
		markNode(&s.Parameters[i].Schema, said)
	}
	s.bodies(func(n *Node, _ string) { markNode(n, said) })
}

// bodies calls f for the schema of each body, with its message.
func (s *Shown) bodies(f func(n *Node, message string)) {
	for i := range s.Request {
		f(&s.Request[i].Schema, "request")
	}
	for i := range s.Responses {
		for j := range s.Responses[i].Content {
			f(&s.Responses[i].Content[j].Schema, "response "+s.Responses[i].Status)
		}
	}
}

func markNode(n *Node, said map[string]string) {
	n.Corrected = cmp.Or(said[n.At], said[n.Ref])
	for i := range n.Children {
		markNode(&n.Children[i], said)
	}
}

// count adds to each property the number of exchanges that had it, from the evidence. A component
// is explained where it first occurs; its counts include all places.
func (s *Shown) count(findings []infer.Finding) {
	seen := map[string]infer.Finding{} // by message and pointer
	for _, f := range findings {
		isRequired, isOptional := strings.HasPrefix(f.Result, "required"), strings.HasPrefix(f.Result, "optional")
		if strings.HasPrefix(f.Subject, "/") && (isRequired || isOptional) {
			if _, ok := seen[f.About+" "+f.Subject]; !ok {
				seen[f.About+" "+f.Subject] = f
			}
		}
	}
	s.bodies(func(n *Node, message string) { countNode(n, message+" ", "", seen) })
}

func countNode(n *Node, message, pointer string, seen map[string]infer.Finding) {
	if f, ok := seen[message+pointer]; ok && pointer != "" {
		n.Seen, n.Of = f.Supports, f.Supports+f.Opposes
	}
	for i := range n.Children {
		c := &n.Children[i]
		at := pointer
		switch {
		case c.Name == "(each item)":
			at += "/-"
		case c.Name == "(any name)":
			at += "/*"
		case strings.HasPrefix(c.Name, "(item "):
			at += "/" + strings.TrimSuffix(strings.TrimPrefix(c.Name, "(item "), ")")
		case !strings.HasPrefix(c.Name, "("):
			at += jsonvalue.Pointer(c.Name)
		}
		countNode(c, message, at, seen)
		if at == pointer { // an alternative has no count of its own
			c.Seen, c.Of = 0, 0
		}
	}
}
