package openapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/getkin/kin-openapi/openapi3"
)

// ExtInferred on the info of a document says that all of it was inferred from traffic: it states
// what occurred, and promises nothing. The value is a digest of the text, so that a document that
// people or programs changed does not count as inferred any more.
const ExtInferred = "x-spectap-inferred"

// unsealed replaces the digest in the text that is hashed.
const unsealed = "sha256-0000000000000000"

// EncodeInferred is [Encode] for a document that was inferred from traffic. It marks the text with
// [ExtInferred].
func EncodeInferred(w io.Writer, doc *openapi3.T, f Format) error {
	marked, info := *doc, *doc.Info
	marked.Info = &info
	MarkInferred(&marked)
	var b bytes.Buffer
	if err := Encode(&b, &marked, f); err != nil {
		return err
	}
	_, err := w.Write(bytes.Replace(b.Bytes(), []byte(unsealed), digestOf(b.Bytes()), 1))
	return err
}

// MarkInferred marks a document as inferred from traffic.
func MarkInferred(doc *openapi3.T) {
	if doc.Info == nil {
		doc.Info = &openapi3.Info{}
	}
	doc.Info.Extensions = map[string]any{ExtInferred: unsealed}
}

// IsInferred reports whether a document that [Load] returned was inferred from traffic, and has not
// been changed since, or whether [MarkInferred] marked it.
func IsInferred(doc *openapi3.T) bool {
	return doc.Info != nil && doc.Info.Extensions[ExtInferred] != nil
}

// checkSeal takes the mark from a document whose text has been changed.
func checkSeal(doc *openapi3.T, text []byte) {
	if IsInferred(doc) && !IsSealed(text) {
		delete(doc.Info.Extensions, ExtInferred)
	}
}

// IsSealed reports whether a text is as [EncodeInferred] or [Reseal] wrote it.
func IsSealed(text []byte) bool { return digestIn(text) != nil && bytes.Equal(Reseal(text), text) }

// Reseal marks a text that was sealed before a program added more inferred parts to it.
func Reseal(text []byte) []byte {
	digest := digestIn(text)
	if digest == nil {
		return text
	}
	original := bytes.Replace(text, digest, []byte(unsealed), 1)
	return bytes.Replace(original, []byte(unsealed), digestOf(original), 1)
}

// digestIn returns the digest of [ExtInferred] in a text, or nil if there is none.
func digestIn(text []byte) []byte {
	_, after, _ := bytes.Cut(text, []byte(ExtInferred))
	i := bytes.Index(after, []byte("sha256-"))
	if i < 0 || len(after) < i+len(unsealed) {
		return nil
	}
	return after[i : i+len(unsealed)]
}

func digestOf(text []byte) []byte {
	sum := sha256.Sum256(text)
	return hex.AppendEncode([]byte("sha256-"), sum[:8])
}
