package mcpclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
)

func (s *Shell) colours() colours { return colours(s.Colour && !s.JSON) }

func (s *Shell) printError(err error) {
	if !s.JSON {
		fmt.Fprintln(cmp.Or(s.Errors, s.Out), s.colours().bad(visible.Line(err.Error())))
		return
	}
	var e any = map[string]any{"message": err.Error()}
	if refused := (*ServerError)(nil); errors.As(err, &refused) {
		e = refused
	}
	s.printJSON(map[string]any{"error": e})
}

// print prints a value for programs, or text for people.
func (s *Shell) print(v any, text string) error {
	if s.JSON {
		return s.printJSON(v)
	}
	_, err := fmt.Fprintln(s.Out, text)
	return err
}

// printJSON prints a value as one line of JSON.
func (s *Shell) printJSON(v any) error {
	_, err := fmt.Fprintln(s.Out, visible.JSON(string(jsonvalue.Encode(v))))
	return err
}

// printDefinition prints JSON of the server: on one line for programs, indented for people.
func (s *Shell) printDefinition(raw json.RawMessage) error {
	if s.JSON {
		return s.printJSON(raw)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	_, err := fmt.Fprintln(s.Out, visible.Text(b.String()))
	return err
}

// maxSummary limits what a list shows of a description, in characters.
const maxSummary = 100

// summary returns the first line of a description.
func summary(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if r := []rune(line); len(r) > maxSummary {
		line = string(r[:maxSummary]) + "…"
	}
	return visible.Line(line)
}

func (s *Shell) list(words []string) error {
	p := s.colours()
	found := []json.RawMessage{}
	for _, t := range s.Session.Tools() {
		text := strings.ToLower(t.Name + " " + t.Title + " " + t.Description)
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, strings.ToLower(w)) }) {
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
		fmt.Fprintf(s.Out, "%s%s  %s\n", p.name(visible.Line(t.Name)), mark, summary(t.Description))
	}
	if s.JSON {
		return s.printJSON(map[string]any{"tools": found})
	}
	if len(found) == 0 {
		return s.print(nil, "None.")
	}
	return nil
}

func (s *Shell) schema(t Tool) error {
	if s.JSON {
		return s.printJSON(t.InputSchema)
	}
	p := s.colours()
	for _, l := range strings.Split(visible.Text(strings.TrimSpace(t.Description)), "\n") {
		fmt.Fprintf(s.Out, "%s %s\n", p.dim("│"), l)
	}
	args := t.arguments()
	for _, m := range args.properties {
		sub := flatten(args.doc, m.Value)
		mark := " "
		if args.isRequired(m.Name) {
			mark = p.bad("*")
		}
		values := ""
		if len(sub.enum) > 0 {
			values = ": " + visible.Line(sub.list())
		}
		fmt.Fprintf(s.Out, " %s %s  %s%s  %s\n", mark, p.name(visible.Line(m.Name)),
			p.word(visible.Line(sub.typeName())), values, p.dim(summary(sub.description)))
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
		return s.printJSON(map[string]any{"history": found})
	}
	for _, h := range found {
		fmt.Fprintln(s.Out, visible.Text(h))
	}
	return nil
}

func (s *Shell) help() error {
	if s.JSON {
		return s.printJSON(map[string]any{"commands": commandNames()})
	}
	for _, c := range commands() {
		fmt.Fprintf(s.Out, "%-24s  %s\n", c.name+" "+c.args, c.help)
	}
	return nil
}

func (s *Shell) resources(ctx context.Context) error {
	resources, templates, err := s.Session.Resources(ctx)
	if err != nil {
		return err
	}
	s.setURIs(resources, templates)
	s.urisListed = true
	if s.JSON {
		return s.printJSON(map[string]any{"resources": emptyIfNil(resources), "resourceTemplates": emptyIfNil(templates)})
	}
	p := s.colours()
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
		fmt.Fprintf(s.Out, "%s  %s  %s\n", p.name(visible.Line(r.URI+r.Template)),
			visible.Line(r.Name), p.dim(summary(r.Description)))
	}
	if len(resources)+len(templates) == 0 {
		return s.print(nil, "None.")
	}
	return nil
}

// emptyIfNil makes JSON of a nil list [] instead of null.
func emptyIfNil(l []json.RawMessage) []json.RawMessage { return append([]json.RawMessage{}, l...) }

func (s *Shell) read(ctx context.Context, uri string) error {
	if uri == "" {
		return errors.New("a URI is missing: resources shows the URIs")
	}
	raw, err := s.Session.Read(ctx, uri)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(raw)
	}
	var r struct {
		Contents []json.RawMessage `json:"contents"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("read the resource: %w", err)
	}
	for _, c := range r.Contents {
		s.printResource(c)
	}
	return nil
}

func (s *Shell) listPrompts(ctx context.Context) error {
	raws, err := s.Session.Prompts(ctx)
	if err != nil {
		return err
	}
	s.prompts, s.promptsListed = readPrompts(raws), true
	if s.JSON {
		return s.printJSON(map[string]any{"prompts": emptyIfNil(raws)})
	}
	p := s.colours()
	for _, x := range s.prompts {
		var args []string
		for _, a := range x.Arguments {
			if a.Required {
				args = append(args, visible.Line(a.Name)+"=…")
			} else {
				args = append(args, "["+visible.Line(a.Name)+"=…]")
			}
		}
		fmt.Fprintf(s.Out, "%s %s  %s\n", p.name(visible.Line(x.Name)),
			strings.Join(args, " "), p.dim(summary(x.Description)))
	}
	if len(s.prompts) == 0 {
		return s.print(nil, "None.")
	}
	return nil
}

func (s *Shell) prompt(ctx context.Context, name, text string) error {
	if name == "" {
		return errors.New("a prompt is missing: prompts shows the prompts")
	}
	args := map[string]string{}
	if strings.HasPrefix(text, "{") {
		if err := json.Unmarshal([]byte(text), &args); err != nil {
			return errors.New("the arguments of a prompt are strings: use name=value, or a JSON object of strings")
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
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(raw)
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
		fmt.Fprintln(s.Out, s.colours().word(visible.Line(m.Role))+":")
		s.printContent(m.Content)
	}
	return nil
}
