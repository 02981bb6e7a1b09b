package safefile

// This part of the package reports who may change a file, by its owner and mode. Systems without
// modes answer that nobody else may: there, the access control list of the folder decides.

import "io/fs"

// IsWritableByAll reports whether every user may write to the file.
func IsWritableByAll(info fs.FileInfo) bool { return hasModes && info.Mode().Perm()&0o002 != 0 }

// IsWritableByOthers reports whether users other than the owner may write to the file.
func IsWritableByOthers(info fs.FileInfo) bool { return hasModes && info.Mode().Perm()&0o022 != 0 }

// IsAccessibleToOthers reports whether users other than the owner may use the file in any way.
func IsAccessibleToOthers(info fs.FileInfo) bool { return hasModes && info.Mode().Perm()&0o077 != 0 }

// IsOwnedByUser reports whether the file belongs to the user of this process.
func IsOwnedByUser(info fs.FileInfo) bool {
	uid, ok := owner(info)
	return ok && uid == user()
}

// IsReplaceable reports whether users other than this one and root can replace files in a folder.
// In one with the sticky bit, such as /tmp, they can only create files first.
func IsReplaceable(folder fs.FileInfo) bool {
	uid, ok := owner(folder)
	return !ok || uid != user() && uid != 0 || IsWritableByOthers(folder) && folder.Mode()&fs.ModeSticky == 0
}
