package mcpclient

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

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
