"""What an account may be: the values of the claim `role`."""

STUDENT = "student"
INSTRUCTOR = "instructor"
OWNER = "owner"
TECHNICIAN = "technician"
ADMIN = "admin"
ROLES = (STUDENT, INSTRUCTOR, OWNER, TECHNICIAN, ADMIN)
