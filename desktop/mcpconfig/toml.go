package mcpconfig

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// tomlFile is a configuration file in TOML. Its tables are found by lines; a TOML library checks
// that the file is valid.
type tomlFile struct {
	text   []byte
	values map[string]any
}

func parseTOML(text []byte) (*tomlFile, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("is not UTF-8")
	}
	f := &tomlFile{text: text}
	_, err := toml.Decode(string(text), &f.values)
	var p toml.ParseError
	switch {
	case errors.As(err, &p):
		// The message quotes the text, which may be a secret.
		return nil, fmt.Errorf("is not valid TOML near line %d", p.Position.Line)
	case err != nil:
		return nil, errors.New("is not valid TOML")
	}
	return f, nil
}

// header returns the key of a line that begins a table, or nil for any other line. A line within a
// string or a list may look like a header, so the caller checks the edited file.
func header(line []byte) toml.Key {
	if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("[")) {
		return nil
	}
	var values map[string]any
	m, err := toml.Decode(string(line), &values)
	if err != nil || len(m.Keys()) == 0 {
		return nil
	}
	return m.Keys()[len(m.Keys())-1]
}

// cut returns the text before and after a table, without the table and its subtables. Comments
// above the next table stay. before is nil if there is no such table.
func (f *tomlFile) cut(table []string) (before, after []byte) {
	var out, held []byte // held may belong to the next table
	inside := false
	for line := range bytes.SplitAfterSeq(f.text, []byte("\n")) {
		if key := header(line); key != nil {
			if inside = len(key) >= len(table) && slices.Equal(key[:len(table)], table); inside && before == nil {
				before = append([]byte{}, out...)
			}
			if !inside {
				out = append(out, held...)
			}
			held = nil
		}
		switch trimmed := bytes.TrimSpace(line); {
		case !inside:
			out = append(out, line...)
		case len(trimmed) > 0 && trimmed[0] != '#':
			held = nil
		case len(trimmed) > 0 || len(held) > 0:
			held = append(held, line...)
		}
	}
	out = append(out, held...)
	return before, out[len(before):]
}

// set sets members of a table, where the table stands or at the end of the file. Its other members
// stay, and its comments do not.
func (f *tomlFile) set(table []string, members []setting) ([]byte, error) {
	have := f.values
	for _, name := range table {
		have, _ = have[name].(map[string]any)
	}
	newline := "\n"
	if bytes.Contains(f.text, []byte("\r\n")) {
		newline = "\r\n"
	}
	text := "[" + strings.Join(table, ".") + "]" + newline
	isEqual := true
	others := maps.Clone(have)
	for _, m := range members {
		name := m.path[0]
		if list, ok := have[name].([]any); ok && name == "env_vars" {
			m.value = withOthers(m.value.([]string), list)
		}
		isEqual = isEqual && sameValue(have[name], m.value)
		text += tomlLine(m) + newline
		delete(others, name)
	}
	before, after := f.cut(table)
	switch {
	case before == nil && f.values[table[0]] != nil && !bytes.Contains(f.text, []byte("["+table[0])):
		return nil, errors.New("has mcp_servers as a key, not as tables [mcp_servers.NAME]")
	case before == nil:
		if before = bytes.TrimRight(f.text, " \t\r\n"); len(before) > 0 {
			before = append(before, newline+newline...)
		}
		return append(before, text...), nil
	case isEqual:
		return f.text, nil
	}
	if len(others) > 0 {
		rest, err := encodeBelow(table, others)
		if err != nil {
			return nil, err
		}
		text += strings.ReplaceAll(rest, "\n", newline)
	}
	if len(after) > 0 {
		text += newline
	}
	return slices.Concat(before, []byte(text), after), nil
}

// withOthers adds the strings of a decoded list that a list does not have.
func withOthers(list []string, have []any) []string {
	list = slices.Clone(list)
	for _, x := range have {
		if s, ok := x.(string); ok && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// encodeBelow returns the members of a table, with the tables below it, without its own header.
func encodeBelow(table []string, members map[string]any) (string, error) {
	var all any = members
	for _, name := range slices.Backward(table) {
		all = map[string]any{name: all}
	}
	var b strings.Builder
	e := toml.NewEncoder(&b)
	e.Indent = ""
	if err := e.Encode(all); err != nil {
		return "", fmt.Errorf("write the other members of the table: %w", err)
	}
	_, rest, _ := strings.Cut(b.String(), "["+strings.Join(table, ".")+"]\n")
	return rest, nil
}

// sameValue reports whether a decoded value is that of a setting.
func sameValue(decoded, value any) bool {
	list, ok := value.([]string)
	if !ok {
		return decoded == value
	}
	have, ok := decoded.([]any)
	return ok && slices.EqualFunc(have, list, func(a any, b string) bool { return a == b })
}

// remove removes a table with its subtables.
func (f *tomlFile) remove(table []string) []byte {
	before, after := f.cut(table)
	if before == nil {
		return f.text
	}
	out := append(before, after...)
	if len(after) == 0 {
		if out = bytes.TrimRight(out, " \t\r\n"); len(out) > 0 {
			out = append(out, '\n')
		}
	}
	return out
}

// tomlLine returns a key with its value.
func tomlLine(m setting) string {
	key := m.path[len(m.path)-1]
	switch v := m.value.(type) {
	case string:
		return key + " = " + tomlQuote(v)
	case []string:
		quoted := make([]string, len(v))
		for i, x := range v {
			quoted[i] = tomlQuote(x)
		}
		return key + " = [" + strings.Join(quoted, ", ") + "]"
	}
	panic(fmt.Sprintf("mcpconfig: cannot write %T", m.value))
}

// tomlQuote returns a TOML basic string. It escapes invisible characters.
func tomlQuote(s string) string {
	return quoteAs(s, func(r rune) string { return fmt.Sprintf(`\U%08x`, r) })
}
