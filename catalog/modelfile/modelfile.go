// Package modelfile reads and writes files with the facts of a capture: what was learned, without
// the traffic. Files of several captures are merged, in any order, into the facts of all.
//
// A file is the line "spectap model 1", a line of JSON, and the model as a zstd frame.
// docs/scale.md says what a file reveals.
package modelfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
)

// magic is the first line of a file.
const magic = "spectap model 1\n"

// MaxFile and maxModel bound a file, and the model in it when it is decompressed, in bytes.
const (
	MaxFile  = 256 << 20
	maxModel = 1 << 30
)

// Errors of Decode.
var (
	// ErrNotModel means that the data is not a file of this package.
	ErrNotModel = errors.New("not a file of facts")
	// ErrVersion means that another version of the program wrote the file.
	ErrVersion = errors.New("the file of facts is of another version")
	// ErrDamaged means that the file cannot be read.
	ErrDamaged = errors.New("the file of facts is damaged")
)

// head is the second line of a file.
type head struct {
	Unfinished map[string]int64 `json:"unfinished,omitempty"`
}

// IsModel reports whether data begins like a file of facts, of any version.
func IsModel(data []byte) bool { return bytes.HasPrefix(data, []byte(magic[:len(magic)-2])) }

// Encode returns the content of a file.
func Encode(f catalog.Facts) ([]byte, error) {
	model, err := f.Model.AppendBinary(nil)
	if err != nil {
		return nil, fmt.Errorf("encode facts: %w", err)
	}
	line, err := json.Marshal(head{f.Unfinished})
	if err != nil {
		return nil, fmt.Errorf("encode facts: %w", err)
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("encode facts: %w", err)
	}
	return z.EncodeAll(model, append(append([]byte(magic), line...), '\n')), nil
}

// Decode reads the content of a file.
func Decode(data []byte) (catalog.Facts, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		if IsModel(data) {
			return catalog.Facts{}, ErrVersion
		}
		return catalog.Facts{}, ErrNotModel
	}
	line, packed, ok := bytes.Cut(rest, []byte("\n"))
	var h head
	if !ok || json.Unmarshal(line, &h) != nil {
		return catalog.Facts{}, ErrDamaged
	}
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxModel))
	if err != nil {
		return catalog.Facts{}, fmt.Errorf("decode facts: %w", err)
	}
	defer z.Close()
	model, err := z.DecodeAll(packed, nil)
	if err != nil {
		return catalog.Facts{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	f := catalog.Facts{Model: infer.New(), Unfinished: h.Unfinished}
	switch err := f.Model.UnmarshalBinary(model); {
	case errors.Is(err, infer.ErrVersion):
		return catalog.Facts{}, fmt.Errorf("%w: %w", ErrVersion, err)
	case err != nil:
		return catalog.Facts{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return f, nil
}
