package decode

import "bytes"

// FirstByte returns the first byte of data that is not JSON white space, or 0. It distinguishes
// objects, arrays and other JSON values.
func FirstByte(data []byte) byte {
	if t := bytes.TrimLeft(data, " \t\r\n"); len(t) > 0 {
		return t[0]
	}
	return 0
}
