package openapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/getkin/kin-openapi/openapi3"
	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi/yamledit"
)

// Format is a text format of documents.
type Format string

// The formats.
const (
	JSON Format = "json"
	YAML Format = "yaml"
)

// Encode writes doc indented by two, the keys in the order that people expect, with a newline at
// the end. Equal documents give equal bytes, and both formats read back as the same document.
// Invisible characters are escaped. Operations that share a URL are one, see [ExtOperations].
func Encode(w io.Writer, doc *openapi3.T, f Format) error {
	v, err := Data(doc)
	if err != nil {
		return fmt.Errorf("encode document: %w", err)
	}
	if root, ok := v.(map[string]any); ok {
		foldOperations(root)
	}
	if doc.IsOpenAPI32OrLater() {
		raise(v, DocumentLayout())
	}
	return EncodeData(w, v, f)
}

// EncodeData is [Encode] for the data of a document, as [Data] returns it.
func EncodeData(w io.Writer, v any, f Format) error {
	bw := bufio.NewWriter(w)
	switch f {
	case JSON:
		bw.Reset(visible.NewJSONWriter(w))
		writeJSON(bw, v, DocumentLayout(), "\n")
		bw.WriteByte('\n')
	case YAML:
		bw.Reset(visible.NewWriter(w)) // such characters are in double quotes, which have the same escapes
		if err := writeYAML(bw, v); err != nil {
			return fmt.Errorf("encode document: %w", err)
		}
	default:
		return fmt.Errorf("encode document as %q: the format must be json or yaml", f)
	}
	return bw.Flush()
}

// Data returns doc as JSON data, numbers as json.Number. Numbers that [Load] read are exact.
func Data(doc *openapi3.T) (any, error) {
	data, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	v, err := ParseJSON(data)
	restoreDigits(v)
	return v, err
}

// writeYAML writes the data of a document in block style.
func writeYAML(w io.Writer, v any) error {
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(DocumentLayout().Node(v)); err != nil {
		return err
	}
	return e.Close()
}

// writeJSON writes v, an object of the given kind. newline is the line break with the indentation
// of v.
func writeJSON(w *bufio.Writer, v any, kind *ObjectLayout, newline string) {
	const step = "  "
	switch v := v.(type) {
	case map[string]any:
		keys := kind.Keys(v)
		yamledit.WriteJSONBlock(w, "{}", len(v), newline, step, func(i int) {
			yamledit.WriteJSONScalar(w, keys[i])
			w.WriteString(": ")
			writeJSON(w, v[keys[i]], kind.Child(keys[i]), newline+step)
		})
	case []any:
		yamledit.WriteJSONBlock(w, "[]", len(v), newline, step, func(i int) { writeJSON(w, v[i], kind, newline+step) })
	default:
		yamledit.WriteJSONScalar(w, v)
	}
}

// Copy returns a document that shares nothing with doc, as [Load] reads it.
func Copy(doc *openapi3.T) (*openapi3.T, error) {
	var text bytes.Buffer
	if err := Encode(&text, doc, JSON); err != nil {
		return nil, fmt.Errorf("copy document: %w", err)
	}
	out, err := Load(text.Bytes())
	if err != nil {
		return nil, fmt.Errorf("copy document: %w", err)
	}
	return out, nil
}
