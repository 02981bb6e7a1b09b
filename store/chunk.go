package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// chunkSize is how much of a body is compressed at a time.
const chunkSize = 64 << 10

// pieceSize is how large the values are that a chunk is cut into, on pages of so many bytes: eight of them, with
// their keys (12 bytes), bbolt's element headers (16 each) and page header (16), fill a page. Values that fit no
// page evenly leave up to half of the file empty, and values of several pages need runs of free ones.
func pieceSize(page int) int { return (page-16)/8 - 12 - 16 }

// Kinds of chunks.
const (
	chunkRaw  = 0
	chunkZstd = 1
)

// chunkHeader is the kind and the CRC-32C of what follows.
const chunkHeader = 5

// compressMin is the least that is worth compressing.
const compressMin = 128

// codec compresses chunks. Its methods may be called at once from any goroutine.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
	// room has *[]byte to compress into, large enough for chunks that grow by it: what is kept of one is a copy
	// of the right size.
	room sync.Pool

	using  sync.RWMutex // held to read while enc or dec works: the library must not be closed meanwhile
	closed bool         // guarded by using
}

func newCodec() (*codec, error) {
	enc, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest), // twice as fast as the default for 3 % more bytes
		zstd.WithWindowSize(64<<10), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderConcurrency(4), // encoders kept, about 1 MB each
		zstd.WithEncoderCRC(false))     // chunks carry their own
	if err != nil {
		return nil, err
	}
	// A chunk never decodes to more than chunkSize: a damaged file must not fill the memory.
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(chunkSize))
	if err != nil {
		return nil, err
	}
	c := &codec{enc: enc, dec: dec}
	c.room.New = func() any {
		b := make([]byte, chunkHeader, chunkHeader+chunkSize+64)
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

// compress returns the chunks of data; the result shares nothing with it.
func (c *codec) compress(data []byte) [][]byte {
	chunks := make([][]byte, 0, (len(data)+chunkSize-1)/chunkSize)
	for len(data) > 0 {
		part := data[:min(len(data), chunkSize)]
		data = data[len(part):]
		chunks = append(chunks, c.chunk(part))
	}
	return chunks
}

func (c *codec) chunk(part []byte) []byte {
	room := c.room.Get().(*[]byte)
	defer c.room.Put(room)
	b := (*room)[:chunkHeader]
	b[0] = chunkRaw
	if len(part) >= compressMin {
		b = c.pack(part, b)
	}
	if b[0] == chunkRaw || len(b) >= chunkHeader+len(part) {
		b = append(b[:chunkHeader], part...)
		b[0] = chunkRaw
	}
	binary.BigEndian.PutUint32(b[1:], crc32.Checksum(b[chunkHeader:], castagnoli))
	return bytes.Clone(b)
}

// pack appends part, compressed, to a chunk's header. After close it stays as it is: nothing will be stored.
func (c *codec) pack(part, b []byte) []byte {
	c.using.RLock()
	defer c.using.RUnlock()
	if c.closed {
		return b
	}
	b[0] = chunkZstd
	return c.enc.EncodeAll(part, b)
}

// expand appends what the chunk holds to out.
func (c *codec) expand(out, chunk []byte) ([]byte, error) {
	if len(chunk) < chunkHeader {
		return out, fmt.Errorf("%w: body chunk cut short", ErrCorrupt)
	}
	payload := chunk[chunkHeader:]
	if binary.BigEndian.Uint32(chunk[1:]) != crc32.Checksum(payload, castagnoli) {
		return out, fmt.Errorf("%w: body checksum does not match", ErrCorrupt)
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
