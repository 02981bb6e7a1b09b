package scaffold

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// Server is what an MCP server offers.
type Server struct {
	Name      string
	Tools     []Tool
	Resources []string // URIs
	Templates []string // of URIs
	Prompts   []string
}

type classified struct {
	Tool
	class Class
	why   string
}

// The rates of the classes.
const (
	writeRate   = "30/minute"
	executeRate = "10/minute"
)

// maxListed bounds the resources that a policy names one by one.
const maxListed = 20

// Policy writes a policy for a server: reading is allowed, writing and executing are limited, and
// what destroys is hidden. Comments give the class of each tool and its reason.
func Policy(s Server) ([]byte, error) {
	var tools []classified
	seen := map[string]bool{"": true}
	for _, t := range s.Tools {
		if seen[t.Name] {
			continue
		}
		seen[t.Name] = true
		class, why := Classify(t)
		tools = append(tools, classified{t, class, why})
	}
	sortTools(tools)
	root := yamledit.Mapping()
	set := func(key string, n *yaml.Node) *yaml.Node {
		k := yamledit.String(key)
		root.Content = append(root.Content, k, n)
		return k
	}
	set("version", yamledit.Scalar(json.Number("1"))).HeadComment = "A first policy: read it, and change what does not fit.\n" +
		"What it does not allow is denied. Check it with: spectap policy check"
	if s.Name != "" {
		set("description", yamledit.String("Policy for "+oneLine(s.Name)))
	}
	hide, entries := yamledit.Sequence(), yamledit.Mapping()
	for _, t := range tools {
		name := yamledit.String(t.Name)
		comment := fmt.Sprintf("%s: %s", t.class, oneLine(t.why))
		if t.class == Destructive || isPattern(t.Name) { // which would match other tools
			name.LineComment = comment
			hide.Content = append(hide.Content, name)
			continue
		}
		entry := yamledit.Mapping()
		entry.Style = yaml.FlowStyle
		if rate := map[Class]string{Write: writeRate, Execute: executeRate}[t.class]; rate != "" {
			entry.Content = append(entry.Content, yamledit.String("rate_limit"), yamledit.String(rate))
		}
		name.HeadComment = comment
		entries.Content = append(entries.Content, name, entry)
	}
	if len(hide.Content) > 0 {
		set("hide", hide).HeadComment = "No list shows these tools. To allow one, move it to tools."
	}
	if len(entries.Content) > 0 {
		set("tools", entries)
	}
	if uris := named(resources(s)); uris != nil {
		set("resources", uris)
	}
	if prompts := named(literal(s.Prompts)); prompts != nil {
		set("prompts", prompts)
	}
	text, err := yamledit.Encode(root)
	if err != nil {
		return nil, fmt.Errorf("write the policy: %w", err)
	}
	return text, nil
}

// resources returns the names to allow for the resources of a server: each that it lists, and what
// its templates begin with. A template that begins with an expression would allow everything, so it
// is left out.
func resources(s Server) []string {
	names := literal(s.Resources)
	if len(names) > maxListed {
		names = nil
	}
	for _, t := range s.Templates {
		start, _, _ := strings.Cut(t, "{")
		if _, path, ok := strings.Cut(start, ":"); ok && strings.Trim(path, "/") != "" && !isPattern(start) {
			names = append(names, start+"*")
		}
	}
	return names
}

// literal returns the names that a policy would not read as patterns. Those would allow more than
// what the server has now; without an entry they are denied.
func literal(names []string) []string { return slices.DeleteFunc(slices.Clone(names), isPattern) }

// isPattern reports whether a policy would read a name as a pattern.
func isPattern(name string) bool { return strings.Contains(name, "*") }

// named returns entries that allow names, nil if there are none.
func named(names []string) *yaml.Node {
	n, seen := yamledit.Mapping(), map[string]bool{"": true}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			n.Content = append(n.Content, yamledit.String(name), empty())
		}
	}
	if len(n.Content) == 0 {
		return nil
	}
	return n
}

func empty() *yaml.Node {
	n := yamledit.Mapping()
	n.Style = yaml.FlowStyle
	return n
}

// oneLine returns text of a server for a comment: on one line, and short.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 100 {
		s = string(r[:100]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085' {
			return ' '
		}
		return r
	}, s)
}
