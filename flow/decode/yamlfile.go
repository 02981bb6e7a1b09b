package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	yaml "github.com/oasdiff/yaml3"
)

// YAMLFile decodes a file that a person writes into a Go value, as [yaml.Unmarshal] does. Unknown
// keys are errors, and so is a second document, which would be ignored. An empty text changes
// nothing. An error is one line and names the line of the text.
func YAMLFile(text []byte, to any) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	switch err := d.Decode(to); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return YAMLError(err, text)
	}
	return oneDocument(d, text)
}

// OneDocument returns an error with its line if a second document begins in a text of YAML, or if
// the text after the first document is not YAML.
func OneDocument(text []byte) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(new(yaml.Node)); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return YAMLError(err, text)
	}
	return oneDocument(d, text)
}

func oneDocument(d *yaml.Decoder, text []byte) error {
	var more yaml.Node
	switch err := d.Decode(&more); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return YAMLError(err, text)
	}
	return fmt.Errorf("line %d: another document begins; keep one, and remove what follows its end (--- or ...)", more.Line)
}
