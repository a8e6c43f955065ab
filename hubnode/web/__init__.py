"""What people see: pages, forms, and the doors that peers knock at."""
