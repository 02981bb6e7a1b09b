package decode

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// binaryFormats are words of media types of binary formats in which a short message may consist of
// bytes that text has too: field numbers and lengths are its control characters.
var binaryFormats = []string{
	"proto", "protobuf", "grpc", "connect", "thrift", "avro", "bson", "flatbuffers", "capnp", "hessian", "amf",
}

// IsPlainText reports whether decoded data is text throughout: UTF-8, or bytes of another charset
// if the media type is a text type, without control characters that do not occur in text. What is
// labelled text may have a few. It is false for binary formats whose bytes may look like text. The
// end of data may be missing.
func IsPlainText(mediaType string, data []byte) bool {
	isText := IsText(mediaType)
	if !isText && isBinaryFormat(mediaType) {
		return false
	}
	data = bytes.TrimRight(data, "\x00\n") // the end of a frame of STOMP
	if !isText && !utf8.Valid(trimRune(data)) {
		return false
	}
	// White space, backspace, and what begins the sequences of terminals and separates JSON texts
	// (RFC 7464).
	const allowed = 1<<'\b' | 1<<'\t' | 1<<'\n' | 1<<'\v' | 1<<'\f' | 1<<'\r' | 1<<0x1b | 1<<0x1e
	controls := 0
	for _, c := range data {
		if c < ' ' && allowed&(1<<c) == 0 {
			if controls++; c == 0 {
				return false
			}
		}
	}
	const between = 64 // bytes, of several
	return controls == 0 || isText && controls <= 1+len(data)/between && utf8.Valid(trimRune(data))
}

func isBinaryFormat(mediaType string) bool { return hasWord(mediaType, binaryFormats) }

// IsProtobuf reports whether a body of this type has messages of Protocol Buffers, as those of gRPC
// are.
func IsProtobuf(mediaType string) bool { return hasWord(mediaType, binaryFormats[:4]) }

func hasWord(mediaType string, words []string) bool {
	for word := range strings.FieldsFuncSeq(mediaType, func(r rune) bool { return strings.ContainsRune("/+-._", r) }) {
		if slices.Contains(words, word) {
			return true
		}
	}
	return false
}
