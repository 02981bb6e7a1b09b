package mcpclient

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/internal/visible"
)

// Completion is what the end of a line could become: each word takes the place of what stands from Start on, and
// begins with it.
type Completion struct {
	Start int // in bytes
	Words []string
}

// askFor bounds how long completion waits for a list that it has not seen yet.
const askFor = 2 * time.Second

// Complete completes the end of a line: commands, tools, prompts, resources, names of arguments, values of enums.
// A command that goes on over lines is completed on its last.
func (s *Shell) Complete(line string) Completion {
	c := s.complete(s.begun + line)
	if c.Start -= len(s.begun); c.Start < 0 {
		return Completion{}
	}
	return c
}

func (s *Shell) complete(line string) Completion {
	word, rest := nextWord(line)
	if rest == "" && !strings.HasSuffix(line, " ") {
		return starting(line, len(line)-len(strings.TrimLeft(line, " ")), commandNames(), " ")
	}
	at := len(line) - len(rest)
	switch aliases(word) {
	case "call":
		name, args := nextWord(rest)
		if args == "" && !strings.HasSuffix(line, " ") || rest == "" {
			return starting(line, at, s.toolNames(), " ")
		}
		t, ok := s.Session.Tool(name)
		if !ok {
			return Completion{}
		}
		shape := t.arguments()
		return completeArguments(&shape, line, len(line)-len(args))
	case "schema", "describe":
		return starting(line, at, s.toolNames(), "")
	case "prompt":
		prompts := s.knownPrompts()
		name, args := nextWord(rest)
		if args == "" && !strings.HasSuffix(line, " ") || rest == "" {
			return starting(line, at, namesOf(prompts), " ")
		}
		for _, p := range prompts {
			if p.Name == name {
				var shape shape
				for _, a := range p.Arguments {
					shape.props = append(shape.props, member{name: a.Name})
				}
				return completePairs(&shape, line, len(line)-len(args))
			}
		}
	case "read":
		return starting(line, at, s.knownURIs(), "")
	}
	return Completion{}
}

// starting keeps the words that begin with what stands from at on. What would act on a terminal is not offered.
func starting(line string, at int, words []string, end string) Completion {
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

// promptDef is a prompt as its server defines it.
type promptDef struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Arguments   []struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Required    bool   `json:"required"`
	} `json:"arguments"`
}

func namesOf(all []promptDef) []string {
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return names
}

func readPrompts(raws []json.RawMessage) []promptDef {
	var out []promptDef
	for _, raw := range raws {
		var p promptDef
		if json.Unmarshal(raw, &p) == nil {
			out = append(out, p)
		}
	}
	return out
}

// knownPrompts are the prompts as they were last seen; they are listed once when they never were.
func (s *Shell) knownPrompts() []promptDef {
	if !s.seenPrompts {
		ctx, cancel := context.WithTimeout(context.Background(), askFor)
		defer cancel()
		raws, err := s.Session.Prompts(ctx)
		s.prompts, s.seenPrompts = readPrompts(raws), err == nil
	}
	return s.prompts
}

func (s *Shell) knownURIs() []string {
	if !s.seenURIs {
		ctx, cancel := context.WithTimeout(context.Background(), askFor)
		defer cancel()
		resources, templates, err := s.Session.Resources(ctx)
		s.keepURIs(resources, templates)
		s.seenURIs = err == nil
	}
	return s.uris
}

// keepURIs keeps the URIs of resources, and of templates what stands before their first variable.
func (s *Shell) keepURIs(resources, templates []json.RawMessage) {
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
func completeArguments(s *shape, line string, start int) Completion {
	if strings.HasPrefix(line[start:], "{") {
		return completeJSON(s, line, start)
	}
	return completePairs(s, line, start)
}

// completePairs completes the last name=value of a line.
func completePairs(s *shape, line string, start int) Completion {
	at := start + strings.LastIndexByte(line[start:], ' ') + 1
	name, _, hasValue := strings.Cut(line[at:], "=")
	if hasValue {
		sub, ok := s.prop(strings.TrimSuffix(name, ":"))
		if !ok {
			return Completion{}
		}
		c := Completion{Start: at + len(name) + 1}
		for _, v := range sub.literals() {
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
	for _, p := range s.props {
		if strings.HasPrefix(p.name, line[at:]) && !strings.Contains(" "+given, " "+p.name+"=") && visible.Line(p.name) == p.name &&
			!strings.ContainsAny(p.name, " =\"'{") {
			c.Words = append(c.Words, p.name+"=")
		}
	}
	if given == "" && line[at:] == "" && len(c.Words) == 0 {
		c.Words = []string{"{"}
	}
	return c
}
