package openapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/getkin/kin-openapi/openapi3"
)

// Format is a way to write a document.
type Format string

// The formats.
const (
	JSON Format = "json"
	YAML Format = "yaml"
)

// Encode writes doc, the keys in the order that people expect, indented by two, with a newline at the end. Equal
// documents give equal bytes, and both formats say the same: either read back gives the same document.
func Encode(w io.Writer, doc *openapi3.T, f Format) error {
	v, err := plain(doc)
	if err != nil {
		return fmt.Errorf("encode document: %w", err)
	}
	bw := bufio.NewWriter(w)
	switch f {
	case JSON:
		writeJSON(bw, v, documentKind(), "\n")
		bw.WriteByte('\n')
	case YAML:
		if err := writeYAML(bw, v); err != nil {
			return fmt.Errorf("encode document: %w", err)
		}
	default:
		return fmt.Errorf("encode document as %q: the format must be json or yaml", f)
	}
	return bw.Flush()
}

// plain is doc as JSON data, numbers to the letter.
func plain(doc *openapi3.T) (any, error) {
	data, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	err = d.Decode(&v)
	putExact(v)
	return v, err
}

func keysOf(m map[string]any, o *object) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	o.sort(keys)
	return keys
}

// writeJSON writes v; nl is the line break with the indentation of v.
func writeJSON(w *bufio.Writer, v any, o *object, nl string) {
	in := nl + "  "
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			w.WriteString("{}")
			return
		}
		sep := "{"
		for _, k := range keysOf(v, o) {
			w.WriteString(sep + in)
			writeScalar(w, k)
			w.WriteString(": ")
			writeJSON(w, v[k], o.child(k), in)
			sep = ","
		}
		w.WriteString(nl + "}")
	case []any:
		if len(v) == 0 {
			w.WriteString("[]")
			return
		}
		sep := "["
		for _, e := range v {
			w.WriteString(sep + in)
			writeJSON(w, e, o, in)
			sep = ","
		}
		w.WriteString(nl + "]")
	default:
		writeScalar(w, v)
	}
}

func writeScalar(w *bufio.Writer, v any) {
	switch v := v.(type) {
	case json.Number:
		w.WriteString(string(v))
		return
	case string:
		if bare(v) {
			w.WriteByte('"')
			w.WriteString(v)
			w.WriteByte('"')
			return
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // strings, numbers, booleans and null always encode
		panic(err)
	}
	w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// bare says whether a string needs no escapes.
func bare(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
