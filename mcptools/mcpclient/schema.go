package mcpclient

import (
	"encoding/json"
	"slices"
	"strings"
)

// property is one argument of a tool, as far as a person needs it.
type property struct {
	name     string
	typ      string
	required bool
	enum     []string
	text     string
}

// properties reads the arguments of a tool from its schema.
func (t Tool) properties() []property {
	var s struct {
		Properties map[string]struct {
			Type        any    `json:"type"`
			Enum        []any  `json:"enum"`
			Description string `json:"description"`
			Ref         string `json:"$ref"`
		} `json:"properties"`
		Required []string `json:"required"`
	}
	if json.Unmarshal(t.InputSchema, &s) != nil {
		return nil
	}
	var out []property
	for name, p := range s.Properties {
		x := property{name: name, required: slices.Contains(s.Required, name), text: p.Description}
		switch typ := p.Type.(type) {
		case string:
			x.typ = typ
		case []any:
			var all []string
			for _, v := range typ {
				if v, ok := v.(string); ok {
					all = append(all, v)
				}
			}
			x.typ = strings.Join(all, "|")
		default:
			x.typ = "any"
		}
		if x.typ == "boolean" {
			x.enum = []string{"true", "false"}
		}
		for _, v := range p.Enum {
			if b, err := json.Marshal(v); err == nil {
				x.enum = append(x.enum, string(b))
			}
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b property) int {
		if a.required != b.required {
			if a.required {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	return out
}

// example is a call with a value in each required argument's place.
func (t Tool) example() string {
	var parts []string
	for _, p := range t.properties() {
		if !p.required {
			continue
		}
		v := `"…"`
		first, _, _ := strings.Cut(p.typ, "|")
		switch {
		case len(p.enum) > 0:
			v = p.enum[0]
		case first == "integer" || first == "number":
			v = "1"
		case first == "boolean":
			v = "true"
		case first == "array":
			v = "[]"
		case first == "object" || first == "any":
			v = "{}"
		}
		name, _ := json.Marshal(p.name) // a string always can
		parts = append(parts, string(name)+": "+v)
	}
	return "call " + t.Name + " {" + strings.Join(parts, ", ") + "}"
}

// Complete lists what the last word of a line could become: commands, tools, arguments of a call, values of enums.
func (s *Session) Complete(line string) []string {
	words := strings.Fields(line)
	fresh := line == "" || strings.HasSuffix(line, " ")
	if len(words) == 0 || len(words) == 1 && !fresh {
		return starting(commandNames[:], last(words, fresh))
	}
	if len(words) == 1 && fresh || len(words) == 2 && !fresh {
		if !slices.Contains([]string{"call", "schema", "describe"}, words[0]) {
			return nil
		}
		var names []string
		for _, t := range s.Tools() {
			names = append(names, t.Name)
		}
		return starting(names, last(words[1:], fresh))
	}
	if words[0] != "call" {
		return nil
	}
	t, ok := s.Tool(words[1])
	if !ok {
		return nil
	}
	return completeArguments(t, line[strings.Index(line, words[1])+len(words[1]):])
}

func last(words []string, fresh bool) string {
	if fresh || len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

func starting(all []string, with string) []string {
	var out []string
	for _, a := range all {
		if strings.HasPrefix(a, with) {
			out = append(out, a)
		}
	}
	return out
}

// completeArguments completes inside the JSON of a call's top level.
func completeArguments(t Tool, text string) []string {
	text = strings.TrimLeft(text, " ")
	if text == "" {
		return []string{"{"}
	}
	cut := max(strings.LastIndexByte(text, ','), strings.LastIndexByte(text, '{'))
	if cut < 0 {
		return nil
	}
	name, value, hasValue := strings.Cut(strings.TrimLeft(text[cut+1:], " "), ":")
	if hasValue {
		var plain string
		if json.Unmarshal([]byte(strings.TrimSpace(name)), &plain) != nil {
			return nil
		}
		for _, p := range t.properties() {
			if p.name == plain {
				return starting(p.enum, strings.TrimLeft(value, " "))
			}
		}
		return nil
	}
	var names []string
	for _, p := range t.properties() {
		quoted, _ := json.Marshal(p.name) // a string always can
		if !strings.Contains(text[:cut+1], string(quoted)+":") {
			names = append(names, string(quoted)+": ")
		}
	}
	return starting(names, name)
}
