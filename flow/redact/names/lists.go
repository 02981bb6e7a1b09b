package names

// ListsColumns reports whether a member of this name lists the names of the columns of a table.
func ListsColumns(member string) bool {
	switch member {
	case "columns", "fields", "headers", "header", "head", "names", "keys", "cols", "columnNames", "column_names", "schema", "meta":
		return true
	}
	return false
}

// HoldsRow reports whether a list of this name may be a row of a table.
func HoldsRow(member string) bool {
	switch member {
	case "values", "row", "data", "cells", "record", "tuple":
		return true
	}
	return false
}

// HoldsLogin reports whether a list of this name has the name and the password of a user. One named
// auth has schemes as often.
func HoldsLogin(member string) bool {
	switch member {
	case "basic", "basicAuth", "basic_auth", "login":
		return true
	}
	return false
}

// NamesUser reports whether a column of this name tells whose a row is.
func NamesUser(column string) bool {
	switch LastWord(column) {
	case "user", "username", "login", "email", "account", "name", "id":
		return true
	}
	return false
}
