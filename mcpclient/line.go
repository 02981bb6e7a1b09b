package mcpclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/visible"
)

// nextWord cuts the first word off a line. A word in double quotes is a JSON string: names may have any characters.
func nextWord(line string) (word, rest string) {
	line = strings.TrimLeft(line, " \t\n")
	if strings.HasPrefix(line, `"`) {
		d := jsontext.NewDecoder(strings.NewReader(line))
		if v, err := d.ReadValue(); err == nil && json.Unmarshal(v, &word) == nil {
			return word, strings.TrimLeft(line[d.InputOffset():], " \t\n")
		}
	}
	end := strings.IndexAny(line, " \t\n")
	if end < 0 {
		return line, ""
	}
	return line[:end], strings.TrimLeft(line[end:], " \t\n")
}

// quoteWord writes a name so that nextWord reads it.
func quoteWord(name string) string {
	if name == "" || strings.ContainsAny(name, " \t\n\"") {
		return jsonString(name)
	}
	return name
}

// unfinished says whether a command needs more lines: the JSON of a call that has not come to its end.
func unfinished(line string) bool {
	word, rest := nextWord(line)
	if aliases(word) != "call" {
		return false
	}
	_, args := nextWord(rest)
	if !strings.HasPrefix(args, "{") {
		return false
	}
	_, err := jsontext.NewDecoder(strings.NewReader(args)).ReadValue()
	return errors.Is(err, io.ErrUnexpectedEOF)
}

// readArguments reads the arguments of a call: a JSON object, whose bytes are kept, or name=value pairs, whose values
// become what the schema wants. name:=value takes JSON as it is.
func readArguments(s shape, text string) (json.RawMessage, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return json.RawMessage("{}"), nil
	}
	if strings.HasPrefix(text, "{") {
		// Names that come twice are refused: servers do not agree on which counts.
		v := jsontext.Value(text)
		if !v.IsValid() {
			_, err := jsontext.AppendFormat(nil, text)
			return nil, fmt.Errorf("the arguments are not one JSON object: %s", plainSyntax(err))
		}
		return json.RawMessage(text), nil
	}
	pairs, err := readPairs(text)
	if err != nil {
		return nil, err
	}
	return s.fromPairs(pairs)
}

// plainSyntax is a parser's error without its package's name.
func plainSyntax(err error) string {
	if err == nil {
		return "more follows it"
	}
	return strings.TrimPrefix(err.Error(), "jsontext: ")
}

// pair is name=value, or name:=value.
type pair struct {
	name, value string
	json        bool
}

// readPairs splits pairs at spaces. Quotes as in a shell keep spaces together; a value that is JSON reaches to its end.
func readPairs(text string) ([]pair, error) {
	var out []pair
	for text = strings.TrimLeft(text, " \t\n"); text != ""; text = strings.TrimLeft(text, " \t\n") {
		name, rest, ok := strings.Cut(text, "=")
		if !ok || strings.ContainsAny(strings.TrimSpace(name), " \t\n{\"'") || name == "" {
			word, _, _ := strings.Cut(text, " ")
			return nil, fmt.Errorf("%s: arguments are a JSON object, or name=value", visible.Line(word))
		}
		p := pair{name: strings.TrimSuffix(name, ":")}
		p.json = p.name != name
		var err error
		if p.json || strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[") {
			d := jsontext.NewDecoder(strings.NewReader(rest))
			v, jerr := d.ReadValue()
			end := int(d.InputOffset())
			if jerr == nil && (end == len(rest) || strings.ContainsRune(" \t\n", rune(rest[end]))) {
				p.value, p.json, text = string(v), true, rest[end:]
				out = append(out, p)
				continue
			}
			if p.json {
				return nil, fmt.Errorf("%s: what follows := is no JSON", visible.Line(p.name))
			}
		}
		if p.value, text, err = shellWord(rest); err != nil {
			return nil, fmt.Errorf("%s: %w", visible.Line(p.name), err)
		}
		out = append(out, p)
	}
	return out, nil
}

func shellWord(s string) (word, rest string, err error) {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == 0 && strings.IndexByte(" \t\n", c) >= 0:
			return b.String(), s[i:], nil
		case c == '\\' && quote != '\'' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		default:
			b.WriteByte(c)
		}
	}
	if quote != 0 {
		return "", "", errors.New("a quote is not closed")
	}
	return b.String(), "", nil
}

// fromPairs makes the object. A name that comes again adds to a list.
func (s *shape) fromPairs(pairs []pair) (json.RawMessage, error) {
	var names []string
	values := map[string]string{}
	lists := map[string][]string{}
	for _, p := range pairs {
		sub, known := s.prop(p.name)
		if !known && s.closed {
			return nil, fmt.Errorf("there is no argument %s", visible.Line(p.name))
		}
		v, list, err := sub.value(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", visible.Line(p.name), err)
		}
		if !slices.Contains(names, p.name) {
			names = append(names, p.name)
		} else if !list || lists[p.name] == nil {
			return nil, fmt.Errorf("%s is given twice", visible.Line(p.name))
		}
		if list {
			lists[p.name] = append(lists[p.name], v)
			v = "[" + strings.Join(lists[p.name], ",") + "]"
		}
		values[p.name] = v
	}
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = jsonString(n) + ":" + values[n]
	}
	return json.RawMessage("{" + strings.Join(parts, ",") + "}"), nil
}

// value makes JSON of what was typed; list says that it is one member of a list.
func (s *shape) value(p pair) (v string, list bool, err error) {
	if p.json {
		return p.value, false, nil
	}
	for _, e := range s.enum {
		var text string
		if string(e) == p.value || json.Unmarshal(e, &text) == nil && text == p.value {
			return string(e), false, nil
		}
	}
	if len(s.enum) > 0 {
		return "", false, fmt.Errorf("must be one of %s", visible.Line(strings.Join(s.literals(), ", ")))
	}
	kind := jsonKind(p.value)
	for _, t := range s.types {
		if t == kind && t != "string" || t == "number" && kind == "integer" {
			return p.value, false, nil
		}
	}
	switch {
	case slices.Contains(s.types, "array"):
		item := shapeOf(s.root, s.items)
		if slices.Contains(item.types, "array") {
			return "", false, errors.New("a list of lists is written as JSON")
		}
		v, _, err := item.value(p)
		return v, true, err
	case slices.Contains(s.types, "string"):
	case len(s.types) > 0:
		return "", false, fmt.Errorf("must be %s", strings.Join(s.types, " or "))
	case kind != "" && kind != "string":
		return p.value, false, nil // any type: JSON is taken as such
	}
	return jsonString(p.value), false, nil
}

// jsonKind is the type of JSON in words of JSON Schema, or "" for what is no JSON.
func jsonKind(s string) string {
	v := jsontext.Value(s)
	if !v.IsValid() || strings.TrimSpace(s) != s {
		return ""
	}
	switch v.Kind() {
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean"
	case '"':
		return "string"
	case '0':
		if strings.ContainsAny(s, ".eE") {
			return "number"
		}
		return "integer"
	case '{':
		return "object"
	}
	return "array"
}
