package mcpclient

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/rawjson"
)

// Completion holds the words that the end of a line could become. Each word begins with the text
// from Start on, and replaces it.
type Completion struct {
	Start int // in bytes
	Words []string
}

// completionTimeout limits how long completion waits for a list of the server.
const completionTimeout = 2 * time.Second

// Complete completes the end of a line: commands, tools, prompts, resources, names of arguments,
// and values of enums. Of a command of several lines it completes the last one.
func (s *Shell) Complete(line string) Completion {
	c := s.complete(s.pending + line)
	if c.Start -= len(s.pending); c.Start < 0 {
		return Completion{}
	}
	return c
}

func (s *Shell) complete(line string) Completion {
	word, rest := nextWord(line)
	if rest == "" && !strings.HasSuffix(line, " ") {
		return completeWord(line, len(line)-len(strings.TrimLeft(line, " ")), commandNames(), " ")
	}
	at := len(line) - len(rest)
	switch resolveAlias(word) {
	case "call":
		name, args := nextWord(rest)
		if args == "" && !strings.HasSuffix(line, " ") || rest == "" {
			return completeWord(line, at, s.toolNames(), " ")
		}
		t, ok := s.Session.Tool(name)
		if !ok {
			return Completion{}
		}
		schema := t.arguments()
		return completeArguments(&schema, line, len(line)-len(args))
	case "schema", "describe":
		return completeWord(line, at, s.toolNames(), "")
	case "prompt":
		prompts := s.cachedPrompts()
		name, args := nextWord(rest)
		if args == "" && !strings.HasSuffix(line, " ") || rest == "" {
			return completeWord(line, at, namesOf(prompts), " ")
		}
		for _, p := range prompts {
			if p.Name == name {
				var schema flatSchema
				for _, a := range p.Arguments {
					schema.properties = append(schema.properties, rawjson.Member{Name: a.Name})
				}
				return completePairs(&schema, line, len(line)-len(args))
			}
		}
	case "read":
		return completeWord(line, at, s.cachedURIs(), "")
	}
	return Completion{}
}

// completeWord returns the words that begin with the text from at on, with end appended. It leaves
// out words that could act on a terminal.
func completeWord(line string, at int, words []string, end string) Completion {
	c := Completion{Start: at}
	for _, w := range words {
		if w = quoteWord(w); strings.HasPrefix(w, line[at:]) && visible.Line(w) == w {
			c.Words = append(c.Words, w+end)
		}
	}
	return c
}

func (s *Shell) toolNames() []string {
	var names []string
	for _, t := range s.Session.Tools() {
		names = append(names, t.Name)
	}
	return names
}

// promptDefinition is a prompt as its server defines it.
type promptDefinition struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Arguments   []struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Required    bool   `json:"required"`
	} `json:"arguments"`
}

func namesOf(all []promptDefinition) []string {
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return names
}

func readPrompts(raws []json.RawMessage) []promptDefinition {
	var out []promptDefinition
	for _, raw := range raws {
		var p promptDefinition
		if json.Unmarshal(raw, &p) == nil {
			out = append(out, p)
		}
	}
	return out
}

// cachedPrompts returns the prompts of the last list. It lists them if they were never listed.
func (s *Shell) cachedPrompts() []promptDefinition {
	if !s.promptsListed {
		ctx, cancel := context.WithTimeout(context.Background(), completionTimeout)
		defer cancel()
		raws, err := s.Session.Prompts(ctx)
		s.prompts, s.promptsListed = readPrompts(raws), err == nil
	}
	return s.prompts
}

// cachedURIs returns the URIs of the last list. It lists them if they were never listed.
func (s *Shell) cachedURIs() []string {
	if !s.urisListed {
		ctx, cancel := context.WithTimeout(context.Background(), completionTimeout)
		defer cancel()
		resources, templates, err := s.Session.Resources(ctx)
		s.setURIs(resources, templates)
		s.urisListed = err == nil
	}
	return s.uris
}

// setURIs stores the URIs of resources, and the text of templates before their first variable.
func (s *Shell) setURIs(resources, templates []json.RawMessage) {
	s.uris = nil
	for _, raw := range slices.Concat(resources, templates) {
		var r struct {
			URI      string `json:"uri"`
			Template string `json:"uriTemplate"`
		}
		if json.Unmarshal(raw, &r) != nil {
			continue
		}
		before, _, _ := strings.Cut(r.Template, "{")
		s.uris = append(s.uris, r.URI+before)
	}
}

// completeArguments completes the arguments of a call, which begin at start.
func completeArguments(s *flatSchema, line string, start int) Completion {
	if strings.HasPrefix(line[start:], "{") {
		return completeJSON(s, line, start)
	}
	return completePairs(s, line, start)
}

// completePairs completes the last name=value of a line.
func completePairs(s *flatSchema, line string, start int) Completion {
	at := start + strings.LastIndexByte(line[start:], ' ') + 1
	name, _, hasValue := strings.Cut(line[at:], "=")
	if hasValue {
		sub, ok := s.property(strings.TrimSuffix(name, ":"))
		if !ok {
			return Completion{}
		}
		c := Completion{Start: at + len(name) + 1}
		for _, v := range sub.values() {
			var text string
			if json.Unmarshal([]byte(v), &text) == nil && !strings.ContainsAny(text, " \t\"'\\") {
				v = text
			}
			if strings.HasPrefix(v, line[c.Start:]) && visible.Line(v) == v {
				c.Words = append(c.Words, v+" ")
			}
		}
		return c
	}
	given := line[start:at]
	c := Completion{Start: at}
	for _, p := range s.properties {
		if strings.HasPrefix(p.Name, line[at:]) && !strings.Contains(" "+given, " "+p.Name+"=") &&
			visible.Line(p.Name) == p.Name && !strings.ContainsAny(p.Name, " =\"'{") {
			c.Words = append(c.Words, p.Name+"=")
		}
	}
	if given == "" && line[at:] == "" && len(c.Words) == 0 {
		c.Words = []string{"{"}
	}
	return c
}

// openContainer is an object or array that incomplete JSON has begun and not ended.
type openContainer struct {
	isObject  bool
	wantName  bool     // the name of a member comes next
	wantValue bool     // a value comes next
	name      string   // of the current member
	names     []string // of the members so far
}

// completeJSON completes a name or a value, at any depth, at the end of JSON that begins at start.
func completeJSON(s *flatSchema, line string, start int) Completion {
	open, at, ok := scanIncomplete(line[start:])
	if !ok || len(open) == 0 {
		return Completion{}
	}
	at += start
	here := *s
	for i := range open[:len(open)-1] {
		if here, ok = childSchema(here, open[i]); !ok {
			return Completion{}
		}
	}
	last := open[len(open)-1]
	c := Completion{Start: at}
	offer := func(w string) {
		if strings.HasPrefix(w, line[at:]) && visible.Line(w) == w {
			c.Words = append(c.Words, w)
		}
	}
	switch {
	case last.wantName:
		for _, p := range here.properties {
			if !slices.Contains(last.names, p.Name) {
				offer(jsonString(p.Name) + ": ")
			}
		}
	case last.wantValue:
		sub, ok := childSchema(here, last)
		if !ok {
			return Completion{}
		}
		for _, v := range sub.values() {
			offer(v)
		}
		if len(c.Words) == 0 && line[at:] == "" && len(sub.types) > 0 {
			if w, ok := map[string]string{"string": `"`, "object": "{", "array": "["}[sub.types[0]]; ok {
				offer(w)
			}
		}
	}
	return c
}

// childSchema returns the schema of the value that comes next in a container, and reports whether
// it is known.
func childSchema(s flatSchema, c openContainer) (flatSchema, bool) {
	if c.isObject {
		return s.property(c.name)
	}
	if s.items == nil {
		return flatSchema{}, false
	}
	return flatten(s.doc, s.items), true
}

// scanIncomplete reads JSON to its end and returns the containers that are open there. at is where
// an incomplete last token begins, or the end. ok is false if the value is complete or is not JSON.
func scanIncomplete(text string) (open []openContainer, at int, ok bool) {
	for i := 0; i < len(text); i++ {
		var top *openContainer
		if len(open) > 0 {
			top = &open[len(open)-1]
		} else if i > 0 {
			return nil, 0, false // the value is complete
		}
		switch c := text[i]; c {
		case ' ', '\t', '\n':
		case '{':
			open = append(open, openContainer{isObject: true, wantName: true})
		case '[':
			open = append(open, openContainer{wantValue: true})
		case '}', ']':
			open = open[:len(open)-1]
			if len(open) > 0 {
				open[len(open)-1].wantValue = false
			}
		case ':':
			top.wantValue, top.wantName = true, false
		case ',':
			top.wantName, top.wantValue = top.isObject, !top.isObject
		case '"':
			end, _ := jsonvalue.StringEnd([]byte(text), i)
			if end < 0 {
				return open, i, true
			}
			if top.wantName {
				if json.Unmarshal([]byte(text[i:end]), &top.name) != nil {
					return nil, 0, false
				}
				top.names = append(top.names, top.name)
				top.wantName = false
			} else {
				top.wantValue = false
			}
			i = end - 1
		default:
			n := strings.IndexAny(text[i:], " \t\n,]}")
			if n < 0 {
				return open, i, true
			}
			top.wantValue = false
			i += n - 1
		}
	}
	return open, len(text), true
}
