package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
)

// ErrNotOpenAPI says that data parse, but are no OpenAPI document of a version that is read.
var ErrNotOpenAPI = errors.New("not an OpenAPI document")

// errMore says that a document is followed by another.
var errMore = errors.New("more than one document")

// LoadFile is [Load] for a file; the error names it.
func LoadFile(path string) (*openapi3.T, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	doc, err := Load(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return doc, nil
}

// Load reads a document in JSON or YAML: 3.0, 3.1, or 2.0, which it turns into 3.0. References are followed
// within the document; one that leads out is an error. It does not validate: a document that loads can still
// break rules of OpenAPI. Errors are one line, with the line of the document where it is known.
//
// Numbers in extensions, examples, defaults and enums are kin-openapi's float64: integers above 2^53 lose digits.
func Load(data []byte) (*openapi3.T, error) {
	v, err := parse(data)
	if err != nil {
		return nil, err
	}
	root, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: it is not an object", ErrNotOpenAPI)
	}
	if info, ok := root["info"].(map[string]any); ok {
		if n, ok := info["version"].(json.Number); ok {
			info["version"] = string(n) // version: 1.10, without quotes; there is nothing else it could mean
		}
	}
	// The loaders of kin-openapi read YAML too, but not exact numbers, and their errors run over several lines.
	normal, err := json.Marshal(root)
	if err != nil {
		return nil, oneLine(err)
	}
	version, _ := root["openapi"].(string)
	if version == "" {
		version, _ = root["swagger"].(string)
	}
	switch {
	case root["swagger"] != nil && strings.HasPrefix(version, "2."):
		return load2(normal)
	case root["openapi"] != nil && (strings.HasPrefix(version, "3.0") || strings.HasPrefix(version, "3.1") || strings.HasPrefix(version, "3.2")):
		return load3(normal)
	case root["openapi"] == nil && root["swagger"] == nil:
		return nil, fmt.Errorf("%w: it has no field openapi", ErrNotOpenAPI)
	}
	return nil, fmt.Errorf("%w: version %q is not 2.0, 3.0 or 3.1", ErrNotOpenAPI, shorten(version, 20))
}

// parse reads JSON or YAML as JSON data, numbers to the letter.
func parse(data []byte) (any, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if t := bytes.TrimLeft(data, " \t\r\n"); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		v, err := parseJSON(data)
		if err == nil {
			return v, nil
		}
		// It may still be YAML in flow style.
		if y, yerr := parseYAML(data); yerr == nil && !errors.Is(err, errMore) {
			return y, nil
		}
		return nil, err
	}
	return parseYAML(data)
}

func parseJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	at := d.InputOffset()
	if err == nil && d.More() {
		err = errMore
	}
	if err == nil {
		return v, nil
	}
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		at, err = int64(len(data)), errors.New("it ends too early")
	case errors.Is(err, errMore):
		return nil, err
	}
	line := 1 + bytes.Count(data[:min(int(at), len(data))], []byte("\n"))
	return nil, fmt.Errorf("line %d: %w", line, oneLine(err))
}

func parseYAML(data []byte) (any, error) {
	texts, err := decode.YAML(data, true)
	switch {
	case len(texts) > 1:
		return nil, errMore
	case err != nil:
		return nil, oneLine(err)
	case len(texts) == 0:
		return nil, fmt.Errorf("%w: it is empty", ErrNotOpenAPI)
	}
	return parseJSON(texts[0])
}

func load3(data []byte) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, loadError(err)
	}
	if doc.Paths == nil {
		doc.Paths = openapi3.NewPaths()
	}
	return doc, nil
}

func load2(data []byte) (doc *openapi3.T, err error) {
	defer func() {
		if p := recover(); p != nil { // the converter trusts what it is given
			doc, err = nil, errors.New("convert from 2.0: the document breaks rules of Swagger 2.0")
		}
	}()
	var old openapi2.T
	if err := json.Unmarshal(data, &old); err != nil {
		return nil, oneLine(err)
	}
	doc, err = openapi2conv.ToV3(&old)
	if err != nil {
		return nil, fmt.Errorf("convert from 2.0: %w", loadError(err))
	}
	if doc.Paths == nil {
		doc.Paths = openapi3.NewPaths()
	}
	return doc, nil
}

// loadError says of a reference out of the document that it is refused, and why.
func loadError(err error) error {
	if strings.Contains(err.Error(), "external reference") {
		return fmt.Errorf("%w (only references within the document are followed; bundle it into one file first)", oneLine(err))
	}
	return oneLine(err)
}

// oneLine puts an error's text on one line of bounded length.
func oneLine(err error) error {
	s := strings.Join(strings.Fields(err.Error()), " ")
	// Kin-openapi tells what both of its parsers say; they were given the same JSON.
	if _, after, ok := strings.Cut(s, "json error: "); ok {
		s, _, _ = strings.Cut(after, ", yaml error: ")
	}
	s = strings.TrimPrefix(s, "json: ")
	return errors.New(shorten(s, 300))
}

// resolve fills in what the references of a document that was made in memory point at.
func resolve(doc *openapi3.T) error {
	return openapi3.NewLoader().ResolveRefsIn(doc, nil)
}
