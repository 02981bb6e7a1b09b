package decode

import "bytes"

// FirstByte returns the first byte of data that is not JSON white space, 0 if there is none. It tells an object, a
// list and other JSON values apart.
func FirstByte(data []byte) byte {
	if t := bytes.TrimLeft(data, " \t\r\n"); len(t) > 0 {
		return t[0]
	}
	return 0
}
