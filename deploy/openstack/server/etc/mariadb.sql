CREATE DATABASE IF NOT EXISTS nova_api CHARACTER SET utf8mb4;
CREATE DATABASE IF NOT EXISTS nova_cell0 CHARACTER SET utf8mb4;
CREATE DATABASE IF NOT EXISTS nova_cell1 CHARACTER SET utf8mb4;
CREATE DATABASE IF NOT EXISTS neutron CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS 'openstack'@'localhost' IDENTIFIED BY '${mariadb_password}';
GRANT ALL ON *.* TO 'openstack'@'localhost';
ALTER USER 'root'@'localhost' IDENTIFIED BY '${mariadb_password}';
