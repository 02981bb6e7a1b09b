package flow

import (
	"encoding/binary"
	"errors"
	"time"
)

// codecVersion is the first byte of a binary record. It changes only if old readers would misread
// new records. New fields get new tags, which old readers skip.
const codecVersion = 1

// Errors of decoding.
var (
	// ErrVersion is the error for a record that a newer version wrote.
	ErrVersion = errors.New("flow record was written by a newer version")
	// ErrMalformed is the error for bytes that are not a flow record.
	ErrMalformed = errors.New("malformed flow record")
)

// Tags of the fields. A tag is never reused. The tag of a response field is that of the request
// field plus fromRequest.
const (
	tagSeq     = 1 // uvarint
	tagLast    = 2 // uvarint
	tagID      = 3 // 16 bytes
	tagSource  = 4
	tagImport  = 5 // uvarint
	tagStarted = 6 // Unix seconds, varint; nanoseconds, uvarint
	tagTook    = 7 // nanoseconds, varint
	tagErr     = 8
	tagFlags   = 9 // uvarint

	tagMessages    = 10 // for each: varint, uvarint, uvarint, varint
	tagMessageData = 11 // for each: length, bytes

	tagSession = 12 // uvarint
	tagTags    = 13 // for each: length, bytes

	tagMethod    = 16
	tagScheme    = 17
	tagAuthority = 18
	tagPath      = 19
	tagRawQuery  = 20
	tagProto     = 21
	tagHeader    = 22
	tagTrailer   = 23
	tagBodySize  = 24 // varint
	tagBodyFlags = 25 // uvarint
	tagBodyData  = 26

	tagResponse = 32 // empty: marks that there is a response
	tagStatus   = 33 // varint
	fromRequest = 16
)

const (
	flagDone      = 1 // of tagFlags
	flagTruncated = 1 // of tagBodyFlags
	flagDropped   = 2

	changeShift = 2 // a [Change] follows
)

// AppendBinary appends the flow to b as one binary record: a version byte, then fields of tag,
// length and value (docs/format.md). It omits fields with the zero value. The error is always nil.
//
// A record does not keep the time zone and the monotonic reading of Started, nor whether an empty
// header or body was nil.
func (f *Flow) AppendBinary(b []byte) ([]byte, error) {
	b = f.AppendMeta(b)
	b = appendBytes(b, tagBodyData, f.Request.Body.Data)
	if f.Response != nil {
		b = appendBytes(b, tagBodyData+fromRequest, f.Response.Body.Data)
	}
	return f.appendMessageField(b), nil
}

// AppendMeta is AppendBinary without the data of bodies and messages. It keeps their sizes and
// flags. UnmarshalBinary reads the result.
func (f *Flow) AppendMeta(b []byte) []byte {
	b = append(b, codecVersion)
	b = appendUint(b, tagSeq, uint64(f.Seq))
	b = appendUint(b, tagLast, uint64(f.Last))
	if f.ID != (ID{}) {
		b = appendBytes(b, tagID, f.ID[:])
	}
	b = appendBytes(b, tagSource, f.Source)
	b = appendUint(b, tagImport, f.Import)
	b = appendTime(b, f.Started)
	b = appendInt(b, tagTook, int64(f.Took))
	b = appendBytes(b, tagErr, f.Err)
	if f.Done {
		b = appendUint(b, tagFlags, flagDone)
	}
	b = appendMessages(b, f.Messages)
	b = appendUint(b, tagSession, f.Session)
	b = appendTags(b, f.Tags)
	r := &f.Request
	b = appendBytes(b, tagMethod, r.Method)
	b = appendBytes(b, tagScheme, r.Scheme)
	b = appendBytes(b, tagAuthority, r.Authority)
	b = appendBytes(b, tagPath, r.Path)
	b = appendBytes(b, tagRawQuery, r.RawQuery)
	b = appendMessage(b, 0, r.Proto, r.Header, r.Trailer, &r.Body, r.Changed)
	if p := f.Response; p != nil {
		b = append(b, tagResponse, 0)
		b = appendInt(b, tagStatus, int64(p.Status))
		b = appendMessage(b, fromRequest, p.Proto, p.Header, p.Trailer, &p.Body, p.Changed)
	}
	return b
}

func appendMessage(b []byte, off byte, proto string, h, trailer Header, body *Body, changed Change) []byte {
	b = appendBytes(b, tagProto+off, proto)
	b = appendHeader(b, tagHeader+off, h)
	b = appendHeader(b, tagTrailer+off, trailer)
	b = appendInt(b, tagBodySize+off, body.Size)
	var flags uint64
	if body.Truncated {
		flags |= flagTruncated
	}
	if body.Dropped {
		flags |= flagDropped
	}
	return appendUint(b, tagBodyFlags+off, flags|uint64(changed)<<changeShift)
}

func appendUint(b []byte, tag byte, v uint64) []byte {
	if v == 0 {
		return b
	}
	b = append(b, tag, byte(uvarintLen(v)))
	return binary.AppendUvarint(b, v)
}

func appendInt(b []byte, tag byte, v int64) []byte { return appendUint(b, tag, zigzag(v)) }

func appendBytes[T string | []byte](b []byte, tag byte, v T) []byte {
	if len(v) == 0 {
		return b
	}
	b = binary.AppendUvarint(append(b, tag), uint64(len(v)))
	return append(b, v...)
}

// appendTags appends the field of tags.
func appendTags(b []byte, tags []string) []byte {
	n := 0
	for _, t := range tags {
		n += uvarintLen(uint64(len(t))) + len(t)
	}
	if n == 0 {
		return b
	}
	b = binary.AppendUvarint(append(b, tagTags), uint64(n))
	for _, t := range tags {
		b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
	}
	return b
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	sec, nsec := zigzag(t.Unix()), uint64(t.Nanosecond())
	b = append(b, tagStarted, byte(uvarintLen(sec)+uvarintLen(nsec)))
	return binary.AppendUvarint(binary.AppendUvarint(b, sec), nsec)
}

func appendHeader(b []byte, tag byte, h Header) []byte {
	if len(h) == 0 {
		return b
	}
	n := 0
	for i := range h {
		name, value := len(h[i].Name), len(h[i].Value)
		n += uvarintLen(uint64(name)) + name + uvarintLen(uint64(value)) + value
	}
	b = binary.AppendUvarint(append(b, tag), uint64(n))
	for i := range h {
		b = append(binary.AppendUvarint(b, uint64(len(h[i].Name))), h[i].Name...)
		b = append(binary.AppendUvarint(b, uint64(len(h[i].Value))), h[i].Value...)
	}
	return b
}

func zigzag(v int64) uint64   { return uint64(v)<<1 ^ uint64(v>>63) }
func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

func uvarintLen(v uint64) int {
	n := 1
	for v >= 0x80 {
		v >>= 7
		n++
	}
	return n
}
