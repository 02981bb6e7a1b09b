package spectools

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// encodeBody writes a body in its media type and returns the type to send, which for multipart has the boundary.
func (s *Set) encodeBody(m *media, typ string, v any) ([]byte, string, error) {
	switch m.kind {
	case bodyJSON:
		return orderedjson.Encode(v), typ, nil
	case bodyForm:
		data, err := s.encodeForm(m, v)
		return data, typ, err
	case bodyMultipart:
		if m.isList() {
			return m.encodeParts(typ, v)
		}
		return s.encodeMultipart(m, typ, v)
	case bodyYAML:
		if _, ok := v.(string); !ok && encoded(v) == nil {
			return orderedjson.Encode(v), typ, nil // JSON is YAML
		}
	case bodyXML:
		if _, ok := v.(string); !ok && isComposite(m.doc.Schema) {
			data, err := encodeXML(m.doc.Schema, v)
			return data, typ, err
		}
	case bodyBinary:
		t, ok := v.(string)
		if !ok {
			return nil, "", errors.New("must be base64")
		}
		data, err := jsonschema.DecodeBase64(t)
		if err != nil {
			return nil, "", errors.New("must be base64")
		}
		return data, typ, nil
	}
	if data := encoded(v); data != nil {
		return data, typ, nil
	}
	t, ok := v.(string)
	if !ok {
		return nil, "", errors.New("must be text")
	}
	return []byte(t), typ, nil
}

// encoded is the bytes of {"base64": …}, nil when v is no such thing.
func encoded(v any) []byte {
	o, ok := v.(*orderedjson.Object)
	if !ok || len(o.Names()) != 1 {
		return nil
	}
	t, ok := o.Value("base64").(string)
	if !ok {
		return nil
	}
	data, err := jsonschema.DecodeBase64(t)
	if err != nil {
		return nil
	}
	if data == nil {
		data = []byte{}
	}
	return data
}

// encodeForm writes application/x-www-form-urlencoded, fields in the order given. A field is written as its encoding
// says; without one, objects and lists of them become name[key]=value (OpenAPI leaves it open).
func (s *Set) encodeForm(m *media, v any) ([]byte, error) {
	o, ok := v.(*orderedjson.Object)
	if !ok {
		return nil, errors.New("must be an object: it is sent as a form")
	}
	var out []pair
	for _, name := range o.Names() {
		value := o.Value(name)
		style, explode, esc := "form", true, s.esc.form
		if enc := m.doc.Encoding[name]; enc != nil {
			if enc.ContentType != "" && kindOf(enc.ContentType) == bodyJSON {
				out = append(out, pair{s.esc.form(name), s.esc.form(string(orderedjson.Encode(value)))})
				continue
			}
			if enc.Style != "" {
				style = enc.Style
				explode = style == "form" || style == "deepObject"
			}
			if enc.Explode != nil {
				explode = *enc.Explode
			}
			if enc.AllowReserved {
				esc = s.esc.queryReserved
			}
		}
		if _, isObject := value.(*orderedjson.Object); isObject && style == "form" && explode {
			style = "deepObject" // without it the field's own name would be lost
		}
		ps, err := formStyle(name, value, style, explode, s.esc.form, esc)
		if err != nil {
			return nil, fmt.Errorf("has the field %s, which %w", sanitize.Description(name, 60), err)
		}
		out = append(out, ps...)
	}
	return []byte(join(out)), nil
}

// encodeMultipart writes a form of parts, in the order given: files as they are, texts as text, the rest as JSON.
func (s *Set) encodeMultipart(m *media, typ string, v any) ([]byte, string, error) {
	o, ok := v.(*orderedjson.Object)
	if !ok {
		return nil, "", errors.New("must be an object: it is sent as a form")
	}
	var all []part
	for _, name := range o.Names() {
		field := formField(m.doc.Schema, name)
		values, isList := o.Value(name).([]any)
		joined, err := m.joined(name, values)
		switch {
		case err != nil:
			return nil, "", fmt.Errorf("has the field %s, which %w", sanitize.Description(name, 60), err)
		case isList && joined != nil:
			values = []any{*joined}
		case isList && isArraySchema(field):
			field = items(field)
		default:
			values = []any{o.Value(name)}
		}
		for _, value := range values {
			p, err := s.partOf(m, name, field, value)
			if err == nil {
				err = p.check()
			}
			if err != nil {
				return nil, "", fmt.Errorf("has the field %s, which %w", sanitize.Description(name, 60), err)
			}
			p.name = name
			all = append(all, p)
		}
	}
	data, boundary, err := writeParts(all)
	if err != nil {
		return nil, "", fmt.Errorf("write the form: %w", err)
	}
	base, params, err := mime.ParseMediaType(typ)
	if err != nil {
		return nil, "", errors.New("has a media type that is none")
	}
	if params == nil {
		params = make(map[string]string)
	}
	params["boundary"] = boundary
	return data, mime.FormatMediaType(base, params), nil
}

// joined is a list that its encoding wants in one part, nil when it does not.
func (m *media) joined(name string, list []any) (*string, error) {
	enc := m.doc.Encoding[name]
	if enc == nil || enc.ContentType != "" || enc.Explode == nil || *enc.Explode || list == nil {
		return nil, nil
	}
	sep := separatorOf(enc.Style)
	texts := make([]string, len(list))
	for i, e := range list {
		t, ok := text(e)
		if !ok {
			return nil, errNested
		}
		if strings.Contains(t, sep) {
			return nil, errDelimiter
		}
		texts[i] = t
	}
	out := strings.Join(texts, sep)
	return &out, nil
}

// part is one part of a form.
type part struct {
	name              string
	data              []byte
	filename, content string
	named, typed      bool
}

func (p *part) check() error {
	if p.typed && strings.ContainsAny(p.content, "\r\n") {
		return errors.New("has a content type with a line break")
	}
	return nil
}

// writeParts writes a form. Equal parts make equal forms, so that what was agreed to can be told from what was not: the
// boundary is a hash of the parts, which no part can have inside.
func writeParts(all []part) (data []byte, boundary string, err error) {
	h := sha256.New()
	for _, p := range all {
		fmt.Fprintf(h, "%q %q %q %t %t %d ", p.name, p.filename, p.content, p.named, p.typed, len(p.data))
		h.Write(p.data)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary(hex.EncodeToString(h.Sum(nil))); err != nil {
		return nil, "", err
	}
	for _, p := range all {
		header := make(textproto.MIMEHeader)
		disposition := `form-data; name="` + quoteName(p.name) + `"`
		if p.named {
			disposition += `; filename="` + quoteName(p.filename) + `"`
		}
		header.Set("Content-Disposition", disposition)
		if p.typed {
			header.Set("Content-Type", p.content)
		}
		pw, err := w.CreatePart(header)
		if err == nil {
			_, err = pw.Write(p.data)
		}
		if err != nil {
			return nil, "", err
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return b.Bytes(), w.Boundary(), nil
}

func (s *Set) partOf(m *media, name string, field *openapi3.SchemaRef, v any) (part, error) {
	declared := ""
	if enc := m.doc.Encoding[name]; enc != nil {
		declared, _, _ = strings.Cut(enc.ContentType, ",")
		declared = strings.TrimSpace(declared)
	}
	if m.isFile(name, field) {
		return s.filePart(v, name, declared)
	}
	switch v := v.(type) {
	case *orderedjson.Object, []any:
		if declared == "" {
			declared = "application/json"
		}
		return part{data: orderedjson.Encode(v), content: declared, typed: true}, nil
	default:
		s, _ := text(v)
		return part{data: []byte(s), content: declared, typed: declared != "" && declared != "text/plain"}, nil
	}
}

// filePart is a file: base64, or an object that names it.
func (s *Set) filePart(v any, name, declared string) (part, error) {
	p := part{filename: name, named: true, content: declared, typed: true}
	if p.content == "" || strings.Contains(p.content, "*") {
		p.content = "application/octet-stream"
	}
	data, ok := v.(string)
	if o, isObject := v.(*orderedjson.Object); isObject {
		if path, named := o.Value("path").(string); named {
			return s.namedFile(path, p)
		}
		data, ok = o.Value("data").(string)
		// A file given with its particulars is sent with those and no others.
		p.filename, p.named = o.Value("filename").(string)
		if c, has := o.Value("contentType").(string); has {
			p.content = c
		} else {
			p.typed = p.named
		}
	}
	if !ok {
		return part{}, errors.New("must be base64")
	}
	var err error
	if p.data, err = jsonschema.DecodeBase64(data); err != nil {
		return part{}, errors.New("must be base64")
	}
	return p, nil
}

// namedFile reads a file of the folder that was opened for this; os.Root keeps it from leading out.
func (s *Set) namedFile(path string, p part) (part, error) {
	if s.o.Files == nil {
		return part{}, errors.New("names a file, and no folder was opened for that")
	}
	// Looked at before it is opened: opening a pipe would wait for its writer.
	if info, err := s.o.Files.Stat(filepath.FromSlash(path)); err == nil && !info.Mode().IsRegular() {
		return part{}, errors.New("names what is no file, or one larger than 32 MiB")
	}
	f, err := s.o.Files.Open(filepath.FromSlash(path))
	if err != nil {
		return part{}, errors.New("names a file that cannot be opened in the folder of files")
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > maxArguments {
		return part{}, errors.New("names what is no file, or one larger than 32 MiB")
	}
	if p.data, err = io.ReadAll(io.LimitReader(f, maxArguments)); err != nil {
		return part{}, errors.New("names a file that cannot be read")
	}
	p.filename = filepath.Base(path)
	return p, nil
}

// quoteName writes a name between quotes as browsers do (WHATWG HTML, multipart/form-data).
func quoteName(s string) string {
	return strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22").Replace(s)
}
