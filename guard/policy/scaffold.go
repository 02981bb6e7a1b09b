package policy

// This file writes a first policy for an MCP server, from what the server lists.

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// ScaffoldServer is what an MCP server offers.
type ScaffoldServer struct {
	Name      string
	Tools     []ClassTool
	Resources []string // URIs
	Templates []string // of URIs
	Prompts   []string
	// Asks means that the server itself asks a person before calls that may write.
	Asks bool
}

type classified struct {
	ClassTool
	class Class
	why   string
}

// The rates of the classes.
const (
	writeRate   = "30/minute"
	executeRate = "10/minute"
)

// sendWords are words of the names of tools whose arguments are sent to other people.
var sendWords = words("send post publish mail email message messages notify comment reply share upload webhook sms tweet slack")

// maxListed bounds the resources that a policy names one by one.
const maxListed = 20

// Scaffold writes a policy for a server: plain reading is allowed, all else is limited and needs
// approval, unless the server asks itself, and tools that delete are hidden. So are tools whose
// definitions may mislead a model. Comments give the class of each tool and its reason.
func Scaffold(s ScaffoldServer) ([]byte, error) {
	var tools []classified
	seen := map[string]bool{"": true}
	for _, t := range s.Tools {
		if seen[t.Name] {
			continue
		}
		seen[t.Name] = true
		c, why := ClassOf(t)
		tools = append(tools, classified{t, c, why})
	}
	slices.SortStableFunc(tools, func(a, b classified) int {
		return cmp.Or(cmp.Compare(a.class, b.class), strings.Compare(a.Name, b.Name))
	})
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
	holds, sends := false, false
	for _, t := range tools {
		name := yamledit.String(t.Name)
		comment := fmt.Sprintf("%s: %s", t.class, oneLine(t.why))
		if t.Suspect != "" {
			comment = "look at its definition: " + oneLine(t.Suspect)
		}
		if t.Suspect != "" || t.class == ClassDestructive || pattern(t.Name).isGlob() { // which would match other tools
			name.LineComment = comment
			hide.Content = append(hide.Content, name)
			continue
		}
		entry := empty()
		if rate := map[Class]string{ClassQuery: writeRate, ClassSensitive: writeRate, ClassWrite: writeRate, ClassExecute: executeRate}[t.class]; rate != "" {
			entry.Content = append(entry.Content, yamledit.String("rate_limit"), yamledit.String(rate))
			if t.class == ClassQuery { // else a gateway with approvals holds calls of tools that may write
				entry.Content = append(entry.Content, yamledit.String("require_approval"), yamledit.Scalar(false))
			} else if !s.Asks {
				entry.Content = append(entry.Content, yamledit.String("require_approval"), yamledit.Scalar(true))
				holds = true
			}
		}
		if t.class >= ClassWrite && slices.ContainsFunc(split(t.Name), func(w string) bool { return sendWords[w] }) {
			entry.Content = append(entry.Content, yamledit.String("deny_if"), mapping("secret", yamledit.String("any")))
			sends = true
		}
		name.HeadComment = comment
		entries.Content = append(entries.Content, name, entry)
	}
	if len(hide.Content) > 0 {
		set("hide", hide).HeadComment = "No list shows these tools. To allow one, move it to tools."
	}
	if len(entries.Content) > 0 {
		k := set("tools", entries)
		if holds {
			k.HeadComment = "Calls with require_approval wait for a person: start the gateway with --approvals FILE."
		}
		if sends {
			k.HeadComment = strings.TrimPrefix(k.HeadComment+"\nsecret: any is an argument with a secret that redaction would "+
				"hide; personal: any is one with personal data.", "\n")
		}
	}
	if uris := named(resources(s)); uris != nil {
		set("resources", uris)
	}
	if prompts := named(literal(s.Prompts)); prompts != nil {
		set("prompts", prompts)
	}
	return encode(root)
}

// encode returns the text of a policy.
func encode(root *yaml.Node) ([]byte, error) {
	text, err := yamledit.Encode(root)
	if err != nil {
		return nil, fmt.Errorf("write the policy: %w", err)
	}
	return text, nil
}

// resources returns the names to allow for the resources of a server: each listed one, and the
// prefixes of its templates. A template that begins with an expression would allow everything, so
// it is left out.
func resources(s ScaffoldServer) []string {
	names := literal(s.Resources)
	if len(names) > maxListed {
		names = nil
	}
	for _, t := range s.Templates {
		start := literalStart(t)
		if _, path, ok := strings.Cut(start, ":"); ok && strings.Trim(path, "/") != "" && !pattern(start).isGlob() {
			names = append(names, start+"*")
		}
	}
	return names
}

// literal returns the names that are not patterns in a policy. A pattern would allow more than the
// server has now; without an entry it is denied.
func literal(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return pattern(name).isGlob() })
}

// named returns entries that allow names, or nil.
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

// oneLine returns a server's text on one short line, for a comment.
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
