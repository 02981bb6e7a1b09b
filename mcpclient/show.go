package mcpclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spectap/spectap/internal/visible"
)

func (s *Shell) paint() paint { return paint(s.Colour && !s.JSON) }

// tell tells an error.
func (s *Shell) tell(err error) {
	if !s.JSON {
		fmt.Fprintln(s.Out, s.paint().bad(visible.Line(err.Error())))
		return
	}
	e := map[string]any{"message": err.Error()}
	var refused *ServerError
	if errors.As(err, &refused) {
		e = map[string]any{"message": refused.Message, "code": refused.Code}
		if refused.Data != nil {
			e["data"] = refused.Data
		}
	}
	s.line(map[string]any{"error": e})
}

// say prints a value for programs, or text for people.
func (s *Shell) say(v any, text string) error {
	if s.JSON {
		return s.line(v)
	}
	_, err := fmt.Fprintln(s.Out, text)
	return err
}

// line prints JSON on one line.
func (s *Shell) line(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	_, err := fmt.Fprintln(s.Out, harmlessJSON(strings.TrimSuffix(b.String(), "\n")))
	return err
}

// json prints what the server sent: on one line for programs, indented for people.
func (s *Shell) json(raw json.RawMessage) error {
	if s.JSON {
		return s.line(raw)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return fmt.Errorf("read what the server sent: %w", err)
	}
	_, err := fmt.Fprintln(s.Out, visible.Text(b.String()))
	return err
}

// maxAbout is how many characters of a description a list shows.
const maxAbout = 100

// about is the first line of a description.
func about(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if r := []rune(line); len(r) > maxAbout {
		line = string(r[:maxAbout]) + "…"
	}
	return visible.Line(line)
}

func (s *Shell) list(words []string) error {
	p := s.paint()
	found := []json.RawMessage{}
	for _, t := range s.Session.Tools() {
		text := strings.ToLower(t.Name + " " + t.Title + " " + t.Description)
		if !hasAll(text, words) {
			continue
		}
		found = append(found, t.Raw)
		if s.JSON {
			continue
		}
		mark := ""
		switch d := t.Annotations.Destructive; {
		case t.Annotations.ReadOnly:
			mark = p.dim(" (reads)")
		case d != nil && *d:
			mark = p.bad(" (may destroy)")
		}
		fmt.Fprintf(s.Out, "%s%s  %s\n", p.name(visible.Line(t.Name)), mark, about(t.Description))
	}
	if s.JSON {
		return s.line(map[string]any{"tools": found})
	}
	if len(found) == 0 {
		return s.say(nil, "None.")
	}
	return nil
}

func hasAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, strings.ToLower(w)) {
			return false
		}
	}
	return true
}

func (s *Shell) schema(t Tool) error {
	if s.JSON {
		return s.line(t.InputSchema)
	}
	p := s.paint()
	for _, l := range strings.Split(visible.Text(strings.TrimSpace(t.Description)), "\n") {
		fmt.Fprintf(s.Out, "%s %s\n", p.dim("│"), l)
	}
	args := t.arguments()
	for _, m := range args.props {
		sub := shapeOf(args.root, m.raw)
		mark := " "
		if args.rank(m.name) < len(args.required) {
			mark = p.bad("*")
		}
		values := ""
		if len(sub.enum) > 0 {
			values = ": " + visible.Line(strings.Join(sub.literals(), ", "))
		}
		fmt.Fprintf(s.Out, " %s %s  %s%s  %s\n", mark, p.name(visible.Line(m.name)), p.word(visible.Line(sub.typeName())), values, p.dim(about(sub.text)))
	}
	fmt.Fprintln(s.Out, visible.Line(t.example()))
	return nil
}

func (s *Shell) history(word string) error {
	found := []string{}
	for _, h := range s.History {
		if strings.Contains(h, word) {
			found = append(found, h)
		}
	}
	if s.JSON {
		return s.line(map[string]any{"history": found})
	}
	for _, h := range found {
		fmt.Fprintln(s.Out, visible.Text(h))
	}
	return nil
}

func (s *Shell) help() error {
	if s.JSON {
		return s.line(map[string]any{"commands": commandNames()})
	}
	for _, c := range commands() {
		fmt.Fprintf(s.Out, "%-24s  %s\n", c.name+" "+c.args, c.does)
	}
	return nil
}

func (s *Shell) resources(ctx context.Context) error {
	resources, templates, err := s.Session.Resources(ctx)
	if err != nil {
		return err
	}
	s.keepURIs(resources, templates)
	s.seenURIs = true
	if s.JSON {
		return s.line(map[string]any{"resources": orNone(resources), "resourceTemplates": orNone(templates)})
	}
	p := s.paint()
	for _, raw := range append(resources, templates...) {
		var r struct {
			URI         string `json:"uri"`
			Template    string `json:"uriTemplate"`
			Name        string `json:"name"`
			Description string `json:"description"`
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			return fmt.Errorf("read a resource: %w", err)
		}
		fmt.Fprintf(s.Out, "%s  %s  %s\n", p.name(visible.Line(r.URI+r.Template)), visible.Line(r.Name), p.dim(about(r.Description)))
	}
	if len(resources)+len(templates) == 0 {
		return s.say(nil, "None.")
	}
	return nil
}

// orNone writes no list as an empty one.
func orNone(l []json.RawMessage) []json.RawMessage {
	if l == nil {
		return []json.RawMessage{}
	}
	return l
}

func (s *Shell) read(ctx context.Context, uri string) error {
	if uri == "" {
		return errors.New("which URI? resources shows them")
	}
	raw, err := s.Session.Read(ctx, uri)
	if err != nil || s.JSON {
		return orLine(s, raw, err)
	}
	var r struct {
		Contents []json.RawMessage `json:"contents"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("read the resource: %w", err)
	}
	for _, c := range r.Contents {
		s.resource(c)
	}
	return nil
}

// orLine prints a result as a line unless there is an error.
func orLine(s *Shell, raw json.RawMessage, err error) error {
	if err != nil {
		return err
	}
	return s.line(raw)
}

func (s *Shell) listPrompts(ctx context.Context) error {
	raws, err := s.Session.Prompts(ctx)
	if err != nil {
		return err
	}
	s.prompts, s.seenPrompts = readPrompts(raws), true
	if s.JSON {
		return s.line(map[string]any{"prompts": orNone(raws)})
	}
	p := s.paint()
	for _, x := range s.prompts {
		var args []string
		for _, a := range x.Arguments {
			if a.Required {
				args = append(args, visible.Line(a.Name)+"=…")
			} else {
				args = append(args, "["+visible.Line(a.Name)+"=…]")
			}
		}
		fmt.Fprintf(s.Out, "%s %s  %s\n", p.name(visible.Line(x.Name)), strings.Join(args, " "), p.dim(about(x.Description)))
	}
	if len(s.prompts) == 0 {
		return s.say(nil, "None.")
	}
	return nil
}

func (s *Shell) prompt(ctx context.Context, name, text string) error {
	if name == "" {
		return errors.New("which prompt? prompts shows them")
	}
	args := map[string]string{}
	if strings.HasPrefix(text, "{") {
		if err := json.Unmarshal([]byte(text), &args); err != nil {
			return errors.New("the arguments of prompts are strings: name=value, or a JSON object of strings")
		}
	} else {
		pairs, err := readPairs(text)
		if err != nil {
			return err
		}
		for _, p := range pairs {
			args[p.name] = p.value
		}
	}
	raw, err := s.Session.Prompt(ctx, name, args)
	if err != nil || s.JSON {
		return orLine(s, raw, err)
	}
	var r struct {
		Description string `json:"description"`
		Messages    []struct {
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("read the prompt: %w", err)
	}
	for _, m := range r.Messages {
		fmt.Fprintln(s.Out, s.paint().word(visible.Line(m.Role))+":")
		s.content(m.Content)
	}
	return nil
}
