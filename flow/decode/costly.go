package decode

import (
	"bytes"
	"mime"
)

// Bounds of bodies that take minutes and gigabytes to read if they are large, and never are in
// practice.
const (
	maxParts  = 10_000  // of a multipart body; Go reads 1,000 parts of a form
	maxFields = 100_000 // of a form
	maxYAML   = 4 << 20 // bytes
	// maxDocuments is of a YAML stream. Each has a parser's cost of its own.
	maxDocuments = 10_000
	// maxAttributes bounds the equals signs of XML, each of which may be an attribute. The parser
	// reads all attributes of a tag at once, at 25 times their size.
	maxAttributes = 500_000
	// maxValues bounds the values of JSON that are decoded into memory: up to 350 bytes for each.
	maxValues = 1_000_000
)

// IsCostly reports whether a decoded body has so many parts, fields, attributes, or so much YAML
// text or documents, that reading it could exhaust time and memory. The limits exceed those of real
// traffic. Readers that decode JSON into memory also need [HasManyValues]. For other bodies,
// readers need to bound their work only by the size.
func IsCostly(contentType string, data []byte) bool {
	switch mediaType := MediaType(contentType); {
	case IsForm(mediaType):
		return bytes.Count(data, []byte("&")) >= maxFields
	case IsYAML(mediaType):
		return len(data) > maxYAML || documents(data) > maxDocuments
	case IsXMLData(mediaType):
		return bytes.Count(data, []byte("=")) > maxAttributes
	case IsMultipart(mediaType):
		_, params, err := mime.ParseMediaType(contentType)
		boundary := params["boundary"]
		return err == nil && boundary != "" && bytes.Count(data, []byte("--"+boundary)) > maxParts
	}
	return false
}

// documents returns the number of documents of a YAML stream, at least. Lines of quoted text that
// begin as a document does count as well.
func documents(data []byte) int {
	n := bytes.Count(data, []byte("\n---")) + bytes.Count(data, []byte("\r---"))
	if bytes.HasPrefix(data, []byte("---")) {
		n++
	}
	return n
}

// HasManyValues reports whether a decoded body of JSON, JSON lines or events may have more than a
// million values or lines: decoding them could take gigabytes or minutes. Commas and brackets
// within strings count as well.
func HasManyValues(mediaType string, data []byte) bool {
	n := len(data) / 2 // each value has a byte at least, and one that ends it
	if n > maxValues && (IsJSON(mediaType) || IsJSONLines(mediaType) || IsEventStream(mediaType)) {
		n = 0
		for _, c := range []byte(",[{\n") {
			n += bytes.Count(data, []byte{c})
		}
		return n > maxValues
	}
	return false
}
