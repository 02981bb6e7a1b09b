package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

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
// Schemas that are written alike may be one in memory: what is loaded is for reading.
//
// Numbers in extensions and examples are kin-openapi's float64: integers above 2^53 lose digits. So do those in the
// keywords of schemas, which [Exact] has to the letter.
func Load(data []byte) (*openapi3.T, error) {
	top, err := parseTop(data)
	if err != nil {
		return nil, err
	}
	var version struct{ OpenAPI, Swagger any }
	if err := top.text("openapi", &version.OpenAPI); err != nil {
		return nil, err
	}
	if err := top.text("swagger", &version.Swagger); err != nil {
		return nil, err
	}
	three, _ := version.OpenAPI.(string)
	two, _ := version.Swagger.(string)
	switch {
	case strings.HasPrefix(two, "2."):
		return load2(top)
	case strings.HasPrefix(three, "3.0"), strings.HasPrefix(three, "3.1"), strings.HasPrefix(three, "3.2"):
		return load3(top)
	case version.OpenAPI == nil && version.Swagger == nil:
		return nil, fmt.Errorf("%w: it has no field openapi", ErrNotOpenAPI)
	}
	return nil, fmt.Errorf("%w: version %q is not 2.0, 3.0 or 3.1", ErrNotOpenAPI, shorten(three+two, 20))
}

// parseTop takes a document apart. JSON is not read further than that.
func parseTop(data []byte) (members, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var top members
	ok := json.Valid(data)
	if ok {
		top, ok = membersOf(data)
	}
	if !ok {
		v, err := parse(data)
		if err != nil {
			return nil, err
		}
		if _, ok := v.(map[string]any); !ok {
			return nil, fmt.Errorf("%w: it is not an object", ErrNotOpenAPI)
		}
		// The loaders of kin-openapi read YAML too, but not exact numbers, and their errors run over several lines.
		normal, err := json.Marshal(v)
		if err != nil {
			return nil, oneLine(err)
		}
		if top, ok = membersOf(normal); !ok {
			return nil, fmt.Errorf("%w: it is not an object", ErrNotOpenAPI)
		}
	}
	top.fixVersion()
	return top, nil
}

// fixVersion makes a text of info's version: 1.10, without quotes, can mean nothing else.
func (m members) fixVersion() {
	info, ok := membersOf(m["info"])
	if !ok {
		return
	}
	var n json.Number
	if raw := bytes.TrimSpace(info["version"]); len(raw) > 0 && raw[0] != '"' && json.Unmarshal(raw, &n) == nil && n != "" {
		info["version"] = json.RawMessage(strconv.Quote(string(n)))
		m["info"] = info.object()
	}
}

// text reads a member into v, nothing when it is not there.
func (m members) text(key string, v any) error {
	if m[key] == nil {
		return nil
	}
	if err := json.Unmarshal(m[key], v); err != nil {
		return oneLine(err)
	}
	return nil
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

func load3(top members) (*openapi3.T, error) {
	doc, err := decodeDocument(top)
	if err != nil {
		return nil, err
	}
	if err := resolve(doc); err != nil {
		return nil, loadError(err)
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
