package infer

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/schema"
)

// maxPartTypes bounds the parts without names whose types are counted by index. All parts after
// them count as the last.
const maxPartTypes = 8

// addMultipart adds a multipart body: a form if all parts have names, else a list.
func (b *body) addMultipart(m *mediaFacts, contentType string, data []byte, complete bool) error {
	boundary := decode.Param(contentType, "boundary")
	if boundary == "" {
		return errors.New("multipart: no boundary")
	}
	if !complete {
		return nil
	}
	fields, types, err := readParts(data, boundary)
	if err != nil {
		return fmt.Errorf("multipart: %w", err)
	}
	hasNames := len(fields) > 0
	for _, f := range fields {
		hasNames = hasNames && f.Name != ""
	}
	isList := !decode.IsFormData(decode.MediaType(contentType)) && !hasNames
	if isList {
		b.reader.AddParts(m.structured(), fields, b)
		for i := range fields {
			fields[i].Name = strconv.Itoa(min(i, maxPartTypes-1))
		}
	} else {
		b.reader.AddForm(m.structured(), fields, b)
		m.noteIndexes(fields)
	}
	for i, f := range fields {
		if f.File || f.JSON || isList && types[i] != "" {
			bottomk.Tally(m.fileTypes(), f.Name+"\x00"+types[i])
		}
	}
	return nil
}

// readParts returns the parts of a multipart body and their content types.
func readParts(data []byte, boundary string) (fields []schema.Field, types []string, err error) {
	parts, err := decode.Parts(boundary, data)
	for _, part := range parts {
		contentType := safeMediaType(part.Header.Get("Content-Type"))
		f := schema.Field{Name: part.FormName(), JSON: part.FileName() == "" && decode.IsJSON(contentType)}
		f.File = part.FileName() != "" || contentType != "" && !decode.IsTextPart(contentType) && !f.JSON
		if !f.File {
			f.Value = string(part.Content)
		}
		fields, types = append(fields, f), append(types, contentType)
	}
	return fields, types, err
}
