package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// chunkSize is the number of bytes of a body that are compressed together.
const chunkSize = 64 << 10

// rawPieces is the largest number of pieces of an uncompressed chunk. They fill whole pages. With
// the default page size, a body of 1 MiB, the default limit of the proxy, is one chunk.
const rawPieces = 130

// pieceSize returns the size of the values that a chunk is cut into. Eight of them, with their keys
// (12 bytes each), bbolt's element headers (16 each) and the page header (16), fill a page. Other
// sizes would leave up to half of the file empty, and values of several pages need runs of free
// pages.
func pieceSize(page int) int { return (page-16)/8 - 12 - 16 }

// rawPieceSize is pieceSize for uncompressed chunks. Two of them fill a page, which is bbolt's
// minimum. Fewer pieces are cheaper to insert.
func rawPieceSize(page int) int { return (page-16)/2 - 12 - 16 }

// Kinds of chunks.
const (
	chunkRaw  = 0
	chunkZstd = 1
)

// chunkHeader is the size of a chunk's header: its kind, and the CRC-32C of the rest.
const chunkHeader = 5

// compressMin is the least number of bytes that is worth compressing.
const compressMin = 128

// chunk is a chunk to be stored.
type chunk struct {
	head [chunkHeader]byte
	data []byte // after the header; an uncompressed chunk shares the caller's memory
}

func (c *chunk) raw() bool { return c.head[0] == chunkRaw }

func (c *chunk) size() int { return chunkHeader + len(c.data) }

// bytes returns the header and data of the chunk.
func (c *chunk) bytes() []byte { return append(c.head[:], c.data...) }

// pieces yields the chunk in pieces of a given size.
func (c *chunk) pieces(size int) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		n := min(len(c.data), size-chunkHeader)
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

// codec compresses and decompresses chunks. It is safe for concurrent use.
type codec struct {
	rawMax int // most bytes in an uncompressed chunk
	enc    *zstd.Encoder
	dec    *zstd.Decoder
	// room has *[]byte buffers to compress into, large enough for chunks that grow. Results are
	// copied out at their exact size.
	room sync.Pool

	using  sync.RWMutex // read-locked while enc or dec works, because the library must not be closed then
	closed bool         // guarded by using
}

// newCodec returns the codec for a file with a page size.
func newCodec(page int) (*codec, error) {
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
	// A chunk never decodes to more than chunkSize, so a damaged file cannot fill the memory.
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(chunkSize))
	if err != nil {
		return nil, err
	}
	c := &codec{enc: enc, dec: dec, rawMax: rawPieces*rawPieceSize(page) - chunkHeader}
	c.room.New = func() any {
		b := make([]byte, 0, chunkSize+64)
		return &b
	}
	return c, nil
}

// close waits for operations in progress.
func (c *codec) close() {
	c.using.Lock()
	defer c.using.Unlock()
	c.closed = true
	c.enc.Close()
	c.dec.Close()
}

// compress returns the chunks of data. Uncompressed chunks share its memory.
func (c *codec) compress(data []byte) []chunk {
	chunks := make([]chunk, 0, (len(data)+chunkSize-1)/chunkSize)
	for len(data) > 0 {
		n := c.noise(data)
		if n > 0 {
			chunks = append(chunks, rawChunk(data[:n:n]))
		} else {
			n = min(len(data), chunkSize)
			chunks = append(chunks, c.chunk(data[:n:n]))
		}
		data = data[n:]
	}
	return chunks
}

// noise returns the length of the incompressible start of data, up to the size of one chunk.
func (c *codec) noise(data []byte) int {
	n := 0
	for n < len(data) && n < c.rawMax {
		data := data[n:min(len(data), n+chunkSize)]
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

func rawChunk(data []byte) chunk {
	c := chunk{data: data}
	c.head[0] = chunkRaw
	c.seal()
	return c
}

func (c *chunk) seal() {
	binary.BigEndian.PutUint32(c.head[1:], crc32.Checksum(c.data, castagnoli))
}

func (c *codec) chunk(data []byte) chunk {
	if len(data) < compressMin {
		return rawChunk(data)
	}
	room := c.room.Get().(*[]byte)
	defer c.room.Put(room)
	packed := c.pack(data, (*room)[:0])
	if len(packed) == 0 || len(packed) >= len(data) {
		return rawChunk(data)
	}
	out := chunk{data: bytes.Clone(packed)}
	out.head[0] = chunkZstd
	out.seal()
	return out
}

// pack appends data, compressed, to b. After close it appends nothing, because nothing will be
// stored.
func (c *codec) pack(data, b []byte) []byte {
	c.using.RLock()
	defer c.using.RUnlock()
	if c.closed {
		return b
	}
	return c.enc.EncodeAll(data, b)
}

// expand appends the decompressed chunk to out.
func (c *codec) expand(out, chunk []byte) ([]byte, error) {
	payload, err := payloadOf(chunk)
	if err != nil {
		return out, err
	}
	switch chunk[0] {
	case chunkRaw:
		return append(out, payload...), nil
	case chunkZstd:
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

// payloadOf returns the bytes after the header, if the checksum matches.
func payloadOf(chunk []byte) ([]byte, error) {
	if len(chunk) < chunkHeader {
		return nil, fmt.Errorf("%w: body chunk cut short", ErrCorrupt)
	}
	payload := chunk[chunkHeader:]
	if binary.BigEndian.Uint32(chunk[1:]) != crc32.Checksum(payload, castagnoli) {
		return nil, fmt.Errorf("%w: body checksum does not match", ErrCorrupt)
	}
	return payload, nil
}
