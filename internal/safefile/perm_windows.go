package safefile

import "io/fs"

const hasModes = false

// owner reports every file as one of the user.
func owner(fs.FileInfo) (uid int, ok bool) { return user(), true }

func user() int { return -1 }
