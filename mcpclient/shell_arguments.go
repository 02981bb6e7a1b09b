package mcpclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/rawjson"
)

// nextWord splits a line after its first word. A word in double quotes is a JSON string, since
// names may contain any character.
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

// quoteWord writes a name in the form that nextWord reads.
func quoteWord(name string) string {
	if name == "" || strings.ContainsAny(name, " \t\n\"") {
		return jsonString(name)
	}
	return name
}

// isIncomplete reports whether a command needs more lines, because the JSON of a call is not
// complete.
func isIncomplete(line string) bool {
	word, rest := nextWord(line)
	if resolveAlias(word) != "call" {
		return false
	}
	_, args := nextWord(rest)
	if !strings.HasPrefix(args, "{") {
		return false
	}
	_, err := jsontext.NewDecoder(strings.NewReader(args)).ReadValue()
	return errors.Is(err, io.ErrUnexpectedEOF)
}

// readArguments reads the arguments of a call: a JSON object, which is sent unchanged, or
// name=value pairs, whose values are converted to the types of the schema. name:=value takes JSON
// unchanged.
func readArguments(s flatSchema, text string) (json.RawMessage, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return json.RawMessage("{}"), nil
	}
	if strings.HasPrefix(text, "{") {
		// A repeated name is an error, because servers differ in which one they use.
		if _, err := jsontext.AppendFormat(nil, text); err != nil {
			return nil, fmt.Errorf("the arguments are not one JSON object: %s", strings.TrimPrefix(err.Error(), "jsontext: "))
		}
		return json.RawMessage(text), nil
	}
	pairs, err := readPairs(text)
	if err != nil {
		return nil, err
	}
	return s.fromPairs(pairs)
}

// pair is name=value, or name:=value.
type pair struct {
	name, value string
	isJSON      bool
}

// readPairs splits a text into pairs at spaces. Quotes protect spaces, as in a shell. A value that
// begins like a JSON object or array extends to its end.
func readPairs(text string) ([]pair, error) {
	var out []pair
	for text = strings.TrimLeft(text, " \t\n"); text != ""; text = strings.TrimLeft(text, " \t\n") {
		name, rest, ok := strings.Cut(text, "=")
		if !ok || strings.ContainsAny(strings.TrimSpace(name), " \t\n{\"'") || name == "" {
			word, _, _ := strings.Cut(text, " ")
			return nil, fmt.Errorf("%s: arguments are a JSON object, or name=value", visible.Line(word))
		}
		p := pair{name: strings.TrimSuffix(name, ":")}
		p.isJSON = p.name != name
		var err error
		if p.isJSON || strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[") {
			d := jsontext.NewDecoder(strings.NewReader(rest))
			v, jerr := d.ReadValue()
			end := int(d.InputOffset())
			if jerr == nil && (end == len(rest) || strings.ContainsRune(" \t\n", rune(rest[end]))) {
				p.value, p.isJSON, text = string(v), true, rest[end:]
				out = append(out, p)
				continue
			}
			if p.isJSON {
				return nil, fmt.Errorf("%s: the value after := is not JSON", visible.Line(p.name))
			}
		}
		if p.value, text, err = shellWord(rest); err != nil {
			return nil, fmt.Errorf("%s: %w", visible.Line(p.name), err)
		}
		out = append(out, p)
	}
	return out, nil
}

// shellWord reads a value up to the next space, with quotes and backslashes as in a shell.
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

// unknown is the error for an argument that the schema does not have, with the one that may be
// meant.
func (s *flatSchema) unknown(name string) error {
	var known []string
	for _, p := range s.properties {
		inner := flatten(s.doc, p.Value)
		if slices.ContainsFunc(inner.properties, func(m rawjson.Member) bool { return m.Name == name }) {
			return fmt.Errorf(`there is no argument %[1]s: it is a member of %[2]s='{"%[1]s":…}'`,
				visible.Line(name), visible.Line(p.Name))
		}
		known = append(known, p.Name)
	}
	if meant := spelling.Nearest(name, known); meant != "" {
		return fmt.Errorf("there is no argument %s: did you mean %s?", visible.Line(name), visible.Line(meant))
	}
	return fmt.Errorf("there is no argument %s", visible.Line(name))
}

// fromPairs returns the pairs as an object. A repeated name adds to an array.
func (s *flatSchema) fromPairs(pairs []pair) (json.RawMessage, error) {
	var names []string
	values := map[string]string{}
	lists := map[string][]string{}
	for _, p := range pairs {
		sub, declared := s.property(p.name)
		if !declared && s.closed {
			return nil, s.unknown(p.name)
		}
		v, isItem, err := sub.value(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", visible.Line(p.name), err)
		}
		if !slices.Contains(names, p.name) {
			names = append(names, p.name)
		} else if !isItem || lists[p.name] == nil {
			return nil, fmt.Errorf("%s is given twice", visible.Line(p.name))
		}
		if isItem {
			lists[p.name] = append(lists[p.name], v)
			v = "[" + strings.Join(lists[p.name], ",") + "]"
		}
		values[p.name] = v
	}
	members := make([]string, len(names))
	for i, n := range names {
		members[i] = jsonString(n) + ":" + values[n]
	}
	return json.RawMessage("{" + strings.Join(members, ",") + "}"), nil
}

// value converts a typed value to JSON. isItem reports that it is one item of an array.
func (s *flatSchema) value(p pair) (v string, isItem bool, err error) {
	if p.isJSON {
		return p.value, false, nil
	}
	for _, e := range s.enum {
		var text string
		if string(e) == p.value || json.Unmarshal(e, &text) == nil && text == p.value {
			return string(e), false, nil
		}
	}
	if len(s.enum) > 0 {
		return "", false, fmt.Errorf("must be one of %s", visible.Line(s.list()))
	}
	kind := jsonType(p.value)
	for _, t := range s.types {
		if t == kind && t != "string" || t == "number" && kind == "integer" {
			return p.value, false, nil
		}
	}
	switch {
	case slices.Contains(s.types, "array"):
		item := flatten(s.doc, s.items)
		if slices.Contains(item.types, "array") {
			return "", false, errors.New("write an array of arrays as JSON")
		}
		v, _, err := item.value(p)
		if err == nil || !slices.Contains(s.types, "string") {
			return v, true, err
		}
	case slices.Contains(s.types, "string"):
	case len(s.types) > 0:
		return "", false, fmt.Errorf("must be %s", strings.Join(s.types, " or "))
	case kind != "" && kind != "string":
		return p.value, false, nil // any type
	}
	return jsonString(p.value), false, nil
}
