package infer

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/schema"
)

// maxPlaces bounds the places of parts without names whose types are told; the last one stands for all that follow.
const maxPlaces = 8

// addMultipart folds a body of parts: a form where they have names, else a list.
func (b *body) addMultipart(m *mediaFacts, contentType string, data []byte, complete bool) error {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return fmt.Errorf("multipart: no boundary")
	}
	if !complete {
		return nil
	}
	var parts []schema.Field
	var types []string
	named := true
	for r := multipart.NewReader(bytes.NewReader(data), params["boundary"]); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("multipart: %w", err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return fmt.Errorf("multipart: %w", err)
		}
		t := safeMediaType(part.Header.Get("Content-Type"))
		f := schema.Field{Name: part.FormName(), JSON: part.FileName() == "" && decode.IsJSON(t)}
		f.File = part.FileName() != "" || t != "" && !decode.IsTextPart(t) && !f.JSON
		if !f.File {
			f.Value = string(content)
		}
		named = named && f.Name != ""
		parts, types = append(parts, f), append(types, t)
	}
	list := !decode.IsFormData(decode.MediaType(contentType)) && (!named || len(parts) == 0)
	if !list {
		b.reader.AddForm(m.structured(), parts, b)
		m.noteIndexes(parts)
	} else {
		b.reader.AddParts(m.structured(), parts, b)
		for i := range parts {
			parts[i].Name = strconv.Itoa(min(i, maxPlaces-1))
		}
	}
	for i, p := range parts {
		if p.File || p.JSON || list && types[i] != "" {
			bottomk.Tally(m.fileTypes(), p.Name+"\x00"+types[i])
		}
	}
	return nil
}

// places lists the content types of parts without names, place by place; nil where parts have names.
func (m *mediaFacts) places() (out []string) {
	if m.files == nil {
		return nil
	}
	for _, key := range m.files.Names() {
		place, t, _ := strings.Cut(key, "\x00")
		i, err := strconv.Atoi(place)
		if err != nil || i < 0 || i >= maxPlaces {
			return nil
		}
		for len(out) <= i {
			out = append(out, "")
		}
		if out[i] != "" {
			out[i] += ", "
		}
		out[i] += t
	}
	for len(out) > 1 && out[len(out)-1] == out[len(out)-2] {
		out = out[:len(out)-1]
	}
	return out
}
