package format

// This file compresses data into chunks with checksums, and reads them back.
//
// A [Codec] does both. It knows neither bodies nor files; package store cuts chunks into pieces of
// the sizes given here and stores these. docs/format.md describes the bytes of a chunk.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// ChunkSize is the number of bytes of a body that are compressed together.
const ChunkSize = 64 << 10

// rawPieces is the largest number of pieces of an uncompressed chunk. They fill whole pages. With
// the default page size, a body of 1 MiB, the default limit of the proxy, is one chunk.
const rawPieces = 130

// PieceSize returns the size of the values that a chunk is cut into. Eight of them, with their keys
// (12 bytes each), bbolt's element headers (16 each) and the page header (16), fill a page. Other
// sizes would leave up to half of the file empty, and values of several pages need runs of free
// pages.
func PieceSize(page int) int { return (page-16)/8 - 12 - 16 }

// RawPieceSize is PieceSize for uncompressed chunks. Two of them fill a page, which is bbolt's
// minimum. Fewer pieces are cheaper to insert.
func RawPieceSize(page int) int { return (page-16)/2 - 12 - 16 }

// Errors of Expand and Payload.
var (
	// ErrCorrupt means that a chunk cannot be read.
	ErrCorrupt = errors.New("corrupt record")
	// ErrClosed means that the codec was closed.
	ErrClosed = errors.New("store is closed")
)

// Kinds of chunks.
const (
	kindRaw  = 0
	kindZstd = 1
)

// ChunkHeaderSize is the size of a chunk's header: its kind, and the CRC-32C of the rest.
const ChunkHeaderSize = 5

// compressMin is the least number of bytes that is worth compressing.
const compressMin = 128

// Chunk is a chunk to be stored.
type Chunk struct {
	head [ChunkHeaderSize]byte
	data []byte // after the header; an uncompressed chunk shares the caller's memory
}

// Raw reports whether the chunk is uncompressed.
func (c *Chunk) Raw() bool { return c.head[0] == kindRaw }

// IsRaw reports whether b begins an uncompressed chunk that has data.
func IsRaw(b []byte) bool { return len(b) > ChunkHeaderSize && b[0] == kindRaw }

// Own makes an uncompressed chunk independent of the caller's memory.
func (c *Chunk) Own() {
	if c.Raw() {
		c.data = bytes.Clone(c.data)
	}
}

// Len returns the number of bytes of the chunk, with its header.
func (c *Chunk) Len() int { return ChunkHeaderSize + len(c.data) }

// Bytes returns the header and data of the chunk.
func (c *Chunk) Bytes() []byte { return append(c.head[:], c.data...) }

// Pieces yields the chunk in pieces of a given size.
func (c *Chunk) Pieces(size int) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		n := min(len(c.data), size-ChunkHeaderSize)
		if !yield(0, append(c.head[:], c.data[:n]...)) {
			return
		}
		i := 1
		for piece := range slices.Chunk(c.data[n:], size) {
			if !yield(i, piece) {
				return
			}
			i++
		}
	}
}

// Codec compresses and decompresses chunks. It is safe for concurrent use.
type Codec struct {
	rawMax int // most bytes in an uncompressed chunk
	enc    *zstd.Encoder
	dec    *zstd.Decoder
	// room has *[]byte buffers to compress into, large enough for chunks that grow. Results are
	// copied out at their exact size.
	room sync.Pool

	using  sync.RWMutex // read-locked while enc or dec works, because the library must not be closed then
	closed bool         // guarded by using
}

// NewCodec returns the codec for a file with a page size.
func NewCodec(page int) (*Codec, error) {
	enc, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest), // twice as fast as the default for 3 % more bytes
		// Hexadecimal and base64 text has no repetitions, but uses a quarter or half more bits than
		// it needs. Data that cannot be compressed this way either is filtered out by isNoise.
		zstd.WithAllLitEntropyCompression(true),
		zstd.WithWindowSize(64<<10), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderConcurrency(2), // encoders that are kept, about 1 MB each
		zstd.WithEncoderCRC(false))     // chunks have a CRC of their own
	if err != nil {
		return nil, err
	}
	// A chunk never decodes to more than Size, so a damaged file cannot fill the memory.
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(ChunkSize))
	if err != nil {
		return nil, err
	}
	c := &Codec{enc: enc, dec: dec, rawMax: rawPieces*RawPieceSize(page) - ChunkHeaderSize}
	c.room.New = func() any {
		b := make([]byte, 0, ChunkSize+64)
		return &b
	}
	return c, nil
}

// Close waits for operations in progress.
func (c *Codec) Close() {
	c.using.Lock()
	defer c.using.Unlock()
	c.closed = true
	c.enc.Close()
	c.dec.Close()
}

// Compress returns the chunks of data. Uncompressed chunks share its memory.
func (c *Codec) Compress(data []byte) []Chunk {
	chunks := make([]Chunk, 0, (len(data)+ChunkSize-1)/ChunkSize)
	for len(data) > 0 {
		n := c.noise(data)
		if n > 0 {
			chunks = append(chunks, rawChunk(data[:n:n]))
		} else {
			n = min(len(data), ChunkSize)
			chunks = append(chunks, c.chunk(data[:n:n]))
		}
		data = data[n:]
	}
	return chunks
}

// noise returns the length of the incompressible start of data, up to the size of one chunk.
func (c *Codec) noise(data []byte) int {
	n := 0
	for n < c.rawMax {
		data := data[n:min(len(data), n+ChunkSize)]
		if !isNoise(data) {
			return n
		}
		n += len(data)
	}
	return min(n, c.rawMax)
}

// The samples that isNoise takes.
const (
	sampleSize = 512
	samples    = 8
)

// isNoise reports whether compressing data would save nothing, because in samples of it all byte
// values are about equally frequent, as in random or compressed data. A sum of squares an eighth
// above that of noise would save at most 2 %, except where long runs are repeated.
func isNoise(data []byte) bool {
	const total = samples * sampleSize
	if len(data) < 2*total {
		return false
	}
	var count [256]uint32
	step := (len(data) - sampleSize) / (samples - 1)
	for i := range samples {
		for _, b := range data[i*step:][:sampleSize] {
			count[b]++
		}
	}
	var squares uint32
	for _, n := range count {
		squares += n * n
	}
	const expected = total + total*(total-1)/256
	return squares < expected+expected/8
}

func rawChunk(data []byte) Chunk {
	c := Chunk{head: [ChunkHeaderSize]byte{kindRaw}, data: data}
	c.seal()
	return c
}

func (c *Chunk) seal() {
	binary.BigEndian.PutUint32(c.head[1:], crc32.Checksum(c.data, castagnoli))
}

func (c *Codec) chunk(data []byte) Chunk {
	if len(data) < compressMin {
		return rawChunk(data)
	}
	room := c.room.Get().(*[]byte)
	defer c.room.Put(room)
	packed := c.pack(data, (*room)[:0])
	if len(packed) == 0 || len(packed) >= len(data) {
		return rawChunk(data)
	}
	out := Chunk{head: [ChunkHeaderSize]byte{kindZstd}, data: bytes.Clone(packed)}
	out.seal()
	return out
}

// pack appends data, compressed, to b. After close it appends nothing, because nothing will be
// stored.
func (c *Codec) pack(data, b []byte) []byte {
	c.using.RLock()
	defer c.using.RUnlock()
	if c.closed {
		return b
	}
	return c.enc.EncodeAll(data, b)
}

// Expand appends the decompressed chunk to out.
func (c *Codec) Expand(out, chunk []byte) ([]byte, error) {
	payload, err := ChunkPayload(chunk)
	if err != nil {
		return out, err
	}
	switch chunk[0] {
	case kindRaw:
		return append(out, payload...), nil
	case kindZstd:
		c.using.RLock()
		defer c.using.RUnlock()
		if c.closed {
			return out, ErrClosed
		}
		// The decoder's limit includes the bytes already in its destination, so it gets only the
		// free capacity.
		data, err := c.dec.DecodeAll(payload, out[len(out):])
		if err != nil {
			return out, fmt.Errorf("%w: body: %w", ErrCorrupt, err)
		}
		return append(out, data...), nil // no copy if there was room
	}
	return out, fmt.Errorf("%w: unknown kind of body chunk", ErrCorrupt)
}

// ChunkPayload returns the bytes after the header, if the checksum matches.
func ChunkPayload(chunk []byte) ([]byte, error) {
	if len(chunk) < ChunkHeaderSize {
		return nil, fmt.Errorf("%w: body chunk cut short", ErrCorrupt)
	}
	payload := chunk[ChunkHeaderSize:]
	if binary.BigEndian.Uint32(chunk[1:]) != crc32.Checksum(payload, castagnoli) {
		return nil, fmt.Errorf("%w: body checksum does not match", ErrCorrupt)
	}
	return payload, nil
}
