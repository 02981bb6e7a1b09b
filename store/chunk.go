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

// chunkSize is how much of a body is compressed at a time.
const chunkSize = 64 << 10

// rawPieces is how many pieces the largest chunk has that is not compressed. They fill whole pages; of the usual size,
// a body of 1 MiB, which is as much as a proxy records, is one chunk.
const rawPieces = 130

// pieceSize is how large the values are that a chunk is cut into, on pages of so many bytes: eight of them, with
// their keys (12 bytes), bbolt's element headers (16 each) and page header (16), fill a page. Values that fit no
// page evenly leave up to half of the file empty, and values of several pages need runs of free ones.
func pieceSize(page int) int { return (page-16)/8 - 12 - 16 }

// rawPieceSize is pieceSize for chunks that are not compressed: two fill a page, the least that bbolt puts on one. Fewer
// pieces cost less to put in their place.
func rawPieceSize(page int) int { return (page-16)/2 - 12 - 16 }

// Kinds of chunks.
const (
	chunkRaw  = 0
	chunkZstd = 1
)

// chunkHeader is the kind and the CRC-32C of what follows.
const chunkHeader = 5

// compressMin is the least that is worth compressing.
const compressMin = 128

// chunk is a chunk on its way in.
type chunk struct {
	head [chunkHeader]byte
	data []byte // behind the header; of one that is not compressed the caller's
}

func (c *chunk) raw() bool { return c.head[0] == chunkRaw }

func (c *chunk) size() int { return chunkHeader + len(c.data) }

// bytes is the chunk in one.
func (c *chunk) bytes() []byte { return append(c.head[:], c.data...) }

// pieces yields the chunk in pieces of a size.
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

// codec compresses chunks. Its methods may be called at once from any goroutine.
type codec struct {
	rawMax int // most bytes in a chunk that is not compressed
	enc    *zstd.Encoder
	dec    *zstd.Decoder
	// room has *[]byte to compress into, large enough for chunks that grow by it: what is kept of one is a copy
	// of the right size.
	room sync.Pool

	using  sync.RWMutex // held to read while enc or dec works: the library must not be closed meanwhile
	closed bool         // guarded by using
}

// newCodec returns the codec of a file with pages of this size.
func newCodec(page int) (*codec, error) {
	enc, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest), // twice as fast as the default for 3 % more bytes
		// Hexadecimal and base64 have nothing that repeats but a quarter or half too many bits. What cannot be
		// compressed this way either does not come here (isNoise).
		zstd.WithAllLitEntropyCompression(true),
		zstd.WithWindowSize(64<<10), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderConcurrency(2), // encoders kept, about 1 MB each
		zstd.WithEncoderCRC(false))     // chunks carry their own
	if err != nil {
		return nil, err
	}
	// A chunk never decodes to more than chunkSize: a damaged file must not fill the memory.
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

// close waits for what is under way.
func (c *codec) close() {
	c.using.Lock()
	defer c.using.Unlock()
	c.closed = true
	c.enc.Close()
	c.dec.Close()
}

// compress returns the chunks of data. Those that are not compressed share its memory.
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

// noise returns how much of data, from its start, is not worth a try and fits one chunk.
func (c *codec) noise(data []byte) int {
	n := 0
	for n < len(data) && n < c.rawMax {
		part := data[n:min(len(data), n+chunkSize)]
		if !isNoise(part) {
			return n
		}
		n += len(part)
	}
	return min(n, c.rawMax)
}

// Samples that tell noise.
const (
	sampleSize = 512
	samples    = 8
)

// isNoise says that compressing part would be for nothing: in samples of it all bytes are about as frequent as in
// noise, as in what is compressed already. A sum of squares an eighth above that of noise would save 2 % at best, but
// where stretches of noise are repeated.
func isNoise(part []byte) bool {
	const total = samples * sampleSize
	if len(part) < 2*total {
		return false
	}
	var count [256]uint32
	step := (len(part) - sampleSize) / (samples - 1)
	for i := range samples {
		for _, b := range part[i*step:][:sampleSize] {
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

func rawChunk(part []byte) chunk {
	c := chunk{data: part}
	c.head[0] = chunkRaw
	c.seal()
	return c
}

func (c *chunk) seal() {
	binary.BigEndian.PutUint32(c.head[1:], crc32.Checksum(c.data, castagnoli))
}

func (c *codec) chunk(part []byte) chunk {
	if len(part) < compressMin {
		return rawChunk(part)
	}
	room := c.room.Get().(*[]byte)
	defer c.room.Put(room)
	packed := c.pack(part, (*room)[:0])
	if len(packed) == 0 || len(packed) >= len(part) {
		return rawChunk(part)
	}
	out := chunk{data: bytes.Clone(packed)}
	out.head[0] = chunkZstd
	out.seal()
	return out
}

// pack appends part, compressed, to b. After close it appends nothing: nothing will be stored.
func (c *codec) pack(part, b []byte) []byte {
	c.using.RLock()
	defer c.using.RUnlock()
	if c.closed {
		return b
	}
	return c.enc.EncodeAll(part, b)
}

// expand appends what the chunk holds to out.
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
		// The decoder's limit counts what is in its destination already: it gets the free end only.
		part, err := c.dec.DecodeAll(payload, out[len(out):])
		if err != nil {
			return out, fmt.Errorf("%w: body: %w", ErrCorrupt, err)
		}
		return append(out, part...), nil // in place when there was room
	}
	return out, fmt.Errorf("%w: unknown kind of body chunk", ErrCorrupt)
}

// payloadOf is what is behind the header, if that fits it.
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
